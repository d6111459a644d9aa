import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

pixels, digit = load_digits(return_X_y=True)
scans = (pixels / 16.0).astype("float32").reshape(-1, 8, 8, 1)
order = np.random.default_rng(45).permutation(len(scans))
train, test = order[:1350], order[1350:]

model = keras.Sequential([keras.Input((8, 8, 1))])
model.add(layers.Conv2D(24, 3, padding="same", activation="relu"))
model.add(layers.MaxPooling2D())
model.add(layers.Conv2D(24, 3, activation="relu"))
model.add(layers.Flatten())
model.add(layers.Dense(48, activation="relu"))
model.add(layers.Dense(10, activation="softmax"))
sgd = keras.optimizers.SGD(0.02, momentum=0.9)
model.compile(sgd, "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(scans[train], digit[train], batch_size=32, epochs=15, verbose=2)

_, accuracy = model.evaluate(scans[test], digit[test], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
