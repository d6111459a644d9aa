import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

data = load_digits()
images = (data.images / 16.0).astype("float32")[..., None]
target = data.target
low, high = target < 5, target >= 5

base = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(24, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(48, activation="relu"),
    ],
    name="base",
)
first = keras.Sequential([base, layers.Dense(5, activation="softmax")])
first.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
first.fit(images[low], target[low], epochs=6, batch_size=32, verbose=2)

model = keras.Sequential([
    base,
    layers.Dense(32, activation="relu"),
    layers.Dense(5, activation="softmax"),
])
for layer in model.layers[:1]:
    layer.trainable = False

model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = images[high], target[high] - 5
history = model.fit(x[:650], y[:650], epochs=15, batch_size=32, validation_data=(x[650:], y[650:]), verbose=2)

_, accuracy = model.evaluate(x[650:], y[650:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
