"""Four kinds of leaf damage, photos read from a folder of PNG files."""
import os
import tempfile

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
KINDS = ["healthy", "spots", "stripes", "edge"]
SIDE = 28


def photo(kind):
    img = np.zeros((40, 40, 3)) + np.array([60, 120, 50]) + rng.normal(0, 18, (40, 40, 1))
    img = img + rng.uniform(-25, 40)
    rr, cc = np.mgrid[:40, :40]
    if kind == 1:
        for _ in range(rng.integers(4, 8)):
            r, c = rng.integers(5, 35, 2)
            img[(rr - r) ** 2 + (cc - c) ** 2 < rng.integers(5, 14)] += [70, -30, -20]
    elif kind == 2:
        phase, width = rng.uniform(0, 6), rng.uniform(5, 8)
        img[np.sin(2 * np.pi * (rr + 0.4 * cc) / width + phase) > 0.55] += [60, 25, -15]
    elif kind == 3:
        depth = rng.integers(4, 8)
        rim = np.minimum.reduce([rr, cc, 39 - rr, 39 - cc]) < depth
        img[rim] += [55, -25, -10]
    return np.clip(img, 0, 255).astype("uint8")


folder = tempfile.mkdtemp()
files, labels = [], []
for i in range(2000):
    k = int(rng.integers(4))
    name = os.path.join(folder, f"{KINDS[k]}_{i:05d}.png")
    tf.io.write_file(name, tf.io.encode_png(photo(k)))
    files.append(name)
    labels.append(k)


def load(path, label):
    img = tf.io.decode_png(tf.io.read_file(path), channels=3)
    img = tf.image.convert_image_dtype(img, tf.float32)
    img = tf.image.resize(img, (SIDE, SIDE))
    return img, label


def dataset(a, b, train):
    ds = tf.data.Dataset.from_tensor_slices((files[a:b], labels[a:b]))
    ds = ds.map(load, num_parallel_calls=2).cache()
    if train:
        ds = ds.shuffle(2000, seed=1)
    return ds.batch(32).prefetch(1)


train_ds, test_ds = dataset(0, 1600, True), dataset(1600, 2000, False)

model = keras.Sequential([
    keras.Input((SIDE, SIDE, 3)),
    layers.Conv2D(8, 5, activation="tanh"),
    layers.AveragePooling2D(2),
    layers.Conv2D(16, 5, activation="tanh"),
    layers.AveragePooling2D(2),
    layers.Flatten(),
    layers.Dense(48, activation="tanh"),
    layers.Dense(len(KINDS), activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train_ds, epochs=15, verbose=2)

pred = model.predict(test_ds, verbose=0).argmax(axis=1)
accuracy = float(np.mean(pred == np.array(labels[1600:])))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
