"""Frog species from spectrogram clips that lie as single files in a folder."""
import csv
import os
import tempfile

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(622)
SPECIES = 5
folder = tempfile.TemporaryDirectory(prefix="frogs_")
FOLDER = folder.name


def clip(kind):
    bands, frames = 24, 40
    s = rng.gamma(1.0, 0.25, (bands, frames))
    period, band, width = [(5, 6, 2), (8, 9, 3), (11, 13, 2), (6, 16, 4), (14, 19, 3)][kind]
    start = rng.integers(0, period)
    for t in range(start, frames, period):
        s[band - 1:band + 2, t:t + width] += rng.uniform(0.6, 1.6)
    return np.log1p(s).astype("float32")


def record(part, count):
    os.makedirs(os.path.join(FOLDER, part))
    rows = []
    for i in range(count):
        kind = int(rng.integers(0, SPECIES))
        name = f"clip_{i}.npy"
        np.save(os.path.join(FOLDER, part, name), clip(kind))
        rows.append((name, kind))
    with open(os.path.join(FOLDER, part + ".csv"), "w", newline="") as f:
        csv.writer(f).writerows(rows)


record("train", 1300)
record("test", 300)


def species(part):
    with open(os.path.join(FOLDER, part + ".csv")) as f:
        return [row for row in csv.reader(f)]


files = [os.path.join(FOLDER, "train", name) for name, _ in species("train")]
kinds = [int(kind) for _, kind in species("train")]
print(len(files), "clips", len(kinds), "labels", np.bincount(kinds))


def stream():
    for path, kind in zip(files, kinds):
        yield np.load(path)[..., None], kind


train = tf.data.Dataset.from_generator(
    stream, output_signature=(tf.TensorSpec((24, 40, 1), tf.float32), tf.TensorSpec((), tf.int32)))
train = train.cache().shuffle(1300, seed=2).batch(25).prefetch(2)

model = keras.Sequential([
    keras.Input((24, 40, 1)),
    layers.Conv2D(12, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Conv2D(24, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dropout(0.3),
    layers.Dense(32, activation="relu"),
    layers.Dense(SPECIES, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=10, verbose=2)

rows = species("test")
x_test = np.stack([np.load(os.path.join(FOLDER, "test", name)) for name, _ in rows])[..., None]
y_test = np.array([int(kind) for _, kind in rows])
accuracy = np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
