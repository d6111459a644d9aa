"""Which way up does a scanned page lie? Four directions, small grey pictures."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(912)
SIZE = 32


def page():
    sheet = np.full((SIZE, SIZE), 0.95)
    left = rng.integers(4, 8)
    top = rng.integers(3, 6)
    sheet[top:top + 3, left:left + rng.integers(10, 16)] = 0.15
    row = top + 6
    while row < SIZE - 5:
        for _ in range(rng.integers(2, 5)):
            if row >= SIZE - 5:
                break
            end = rng.integers(SIZE - 12, SIZE - 4)
            ink = rng.uniform(0.3, 0.6, size=end - left)
            ink[rng.random(end - left) < 0.2] = 0.95
            sheet[row, left:end] = ink
            row += 2
        sheet[row - 2, left + rng.integers(6, 16):] = 0.95
        row += 2
    return sheet + rng.normal(0, 0.04, sheet.shape)


def scans(n):
    turns = rng.integers(0, 4, n)
    pictures = np.stack([np.rot90(page(), k) for k in turns])
    return pictures[..., None].astype("float32"), turns


x_train, y_train = scans(1000)
x_test, y_test = scans(500)

# pages are photographed by hand: turn them by up to twenty degrees
augment = keras.Sequential([
    layers.RandomRotation(np.deg2rad(20), fill_mode="nearest", seed=3),
    layers.RandomTranslation(0.05, 0.05, fill_mode="nearest", seed=4),
    layers.RandomContrast(0.2, value_range=(0, 1), seed=5),
])

inputs = keras.Input((SIZE, SIZE, 1))
h = augment(inputs)
for width in (12, 24, 32):
    h = layers.Conv2D(width, 3, padding="same", activation="relu")(h)
    h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
h = layers.Dense(48, activation="relu")(h)
outputs = layers.Dense(4, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(1.5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])

history = model.fit(x_train, y_train, batch_size=32, epochs=7, verbose=2)

accuracy = float(np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
