"""Digits on old stamps, small convolutional network, the rate falls by a tenth per stage."""
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

images, labels = load_digits(return_X_y=True)
images = (images / 16.0).reshape(-1, 8, 8, 1).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(
    images, labels, test_size=0.25, stratify=labels, random_state=3)
y_train = keras.utils.to_categorical(y_train, 10)

STAGE = 6


def rate_for(epoch):
    return 3e-3 * 10.0 ** -(epoch // STAGE)


def build():
    inputs = keras.Input((8, 8, 1))
    x = layers.RandomTranslation(0.1, 0.1, fill_mode="constant", seed=1)(inputs)
    x = layers.Conv2D(24, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(24, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(48, 3, activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.25)(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


model = build()
model.compile(optimizer="adam", loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.02),
              metrics=["accuracy"])
history = model.fit(
    x_train, y_train, epochs=18, batch_size=32, verbose=2,
    callbacks=[keras.callbacks.LearningRateScheduler(rate_for)],
)

prob = model.predict(x_test, verbose=0)
print("rate by epoch", [rate_for(e) for e in range(18)])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(prob.argmax(1) == y_test)}")
