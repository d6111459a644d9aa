"""Which of four weeds is the seedling in the tray? Small grey pictures, light of the greenhouse varies."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)
SIZE = 24


def seedling(kind):
    yy, xx = np.mgrid[0:SIZE, 0:SIZE] - (SIZE - 1) / 2.0
    yy = yy + rng.uniform(-2, 2)
    xx = xx + rng.uniform(-2, 2)
    r, a = np.hypot(xx, yy), np.arctan2(yy, xx) + rng.uniform(0, 2 * np.pi)
    leaves = kind + 2
    edge = 6.0 + 3.5 * np.cos(leaves * a)
    leaf = 1 / (1 + np.exp((r - edge * rng.uniform(0.9, 1.1)) * 2))
    soil = 0.25 + 0.05 * rng.normal(size=r.shape)
    return np.clip(soil + leaf * rng.uniform(0.25, 0.5), 0, 1)


def make(n):
    kind = rng.integers(0, 4, n)
    x = np.stack([seedling(k) for k in kind])
    return (x[..., None] * 255).astype("uint8"), kind


raw_train, y_train = make(2400)
raw_test, y_test = make(800)
x_train = raw_train.astype("float32") / 255.0
x_test = raw_test.astype("float32") / 255.0

inputs = keras.Input((SIZE, SIZE, 1))
h = layers.RandomRotation(0.5, fill_mode="nearest")(inputs)
h = layers.RandomBrightness(0.2)(h)
for filters in (16, 32, 48):
    h = layers.Conv2D(filters, 3, padding="same", activation="relu")(h)
    h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
h = layers.Dense(64, activation="relu")(h)
outputs = layers.Dense(4, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, batch_size=48, epochs=10, verbose=2)

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
