import os
import tempfile

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
SIDE = 32
KINDS = ["cross", "disc", "ring", "stripes"]


def draw(kind):
    yy, xx = np.mgrid[:SIDE, :SIDE].astype(float)
    cy, cx = rng.uniform(12, 20, 2)
    r = rng.uniform(6, 10)
    d = np.hypot(yy - cy, xx - cx)
    if kind == "disc":
        m = d < r
    elif kind == "ring":
        m = np.abs(d - r) < 1.8
    elif kind == "cross":
        m = ((np.abs(yy - cy) < 1.8) | (np.abs(xx - cx) < 1.8)) & (d < r + 2)
    else:
        m = ((yy + xx).astype(int) % 6 < 3) & (d < r)
    img = rng.uniform(20, 80) + m * rng.uniform(80, 150) + rng.normal(0, 14, (SIDE, SIDE))
    return np.clip(img, 0, 255).astype("uint8")[..., None]


root = os.environ.get("CASE_DATA") or tempfile.mkdtemp()
for part, count in [("train", 220), ("test", 60)]:
    for kind in KINDS:
        folder = os.path.join(root, part, kind)
        os.makedirs(folder, exist_ok=True)
        for i in range(count):
            tf.io.write_file(os.path.join(folder, f"{i:03d}.png"), tf.io.encode_png(draw(kind)))


def read(part, **kw):
    return keras.utils.image_dataset_from_directory(
        os.path.join(root, part), image_size=(SIDE, SIDE), color_mode="grayscale",
        batch_size=40, label_mode="int", verbose=False, **kw)


train_ds = read("train")
test_ds = read("test", shuffle=False)

# unsupervised extractor
enc = keras.Sequential([
    keras.Input((SIDE, SIDE, 1)), layers.Rescaling(1 / 255.0),
    layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2D(24, 3, strides=2, padding="same", activation="relu"),
    layers.Flatten(), layers.Dense(48)])
dec = keras.Sequential([
    keras.Input((48,)), layers.Dense(8 * 8 * 16, activation="relu"), layers.Reshape((8, 8, 16)),
    layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2DTranspose(1, 3, strides=2, padding="same")])
auto = keras.Sequential([enc, dec])
auto.compile("adam", "mse")
auto.fit(train_ds.map(lambda x, y: (x, x / 255.0)), epochs=12, verbose=0)

features = enc.predict(train_ds.map(lambda x, y: x), verbose=0)
labels = np.concatenate([y for _, y in train_ds])
mean, std = features.mean(0), features.std(0) + 1e-6

head = keras.Sequential([
    keras.Input((48,)),
    layers.Dense(64, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(len(KINDS), activation="softmax")])
head.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
hist = head.fit((features - mean) / std, labels, epochs=40, batch_size=32, verbose=0)
print("head loss", [round(v, 3) for v in hist.history["loss"][::8]])

test_features = enc.predict(test_ds.map(lambda x, y: x), verbose=0)
test_labels = np.concatenate([y for _, y in test_ds])
guess = head.predict((test_features - mean) / std, verbose=0).argmax(1)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{(guess == test_labels).mean():.4f}")
