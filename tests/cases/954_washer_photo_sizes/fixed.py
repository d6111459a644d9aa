"""Sort photos of small metal parts (disc, plate, wedge, cross) from PNG files."""
import os
import tempfile

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
KINDS = ["disc", "plate", "wedge", "cross"]
SIDE = 32


def draw(kind):
    yy, xx = np.mgrid[0:48, 0:48].astype(float)
    cx, cy = rng.uniform(17, 31, 2)
    r = rng.uniform(8, 14)
    dx, dy = xx - cx, yy - cy
    if kind == 0:
        m = dx ** 2 + dy ** 2 < r ** 2
    elif kind == 1:
        m = (abs(dx) < r * 0.88) & (abs(dy) < r * 0.88)
    elif kind == 2:
        m = (dy < r * 0.8) & (dy > -r) & (abs(dx) < (dy + r) * 0.6)
    else:
        m = ((abs(dx) < r * 0.3) & (abs(dy) < r)) | ((abs(dy) < r * 0.3) & (abs(dx) < r))
    base = rng.uniform(60, 130)
    pic = base + m * rng.uniform(50, 100) + rng.normal(0, 9, (48, 48))
    return np.clip(pic, 0, 255).astype(np.uint8)[..., None]


def write_folder(folder, n):
    paths, labels = [], []
    for i in range(n):
        k = int(rng.integers(4))
        p = os.path.join(folder, f"{i:05d}.png")
        tf.io.write_file(p, tf.io.encode_png(draw(k)))
        paths.append(p)
        labels.append(k)
    return paths, labels


def load(path, label):
    img = tf.io.decode_png(tf.io.read_file(path), channels=1)
    img = tf.image.convert_image_dtype(img, tf.float32)
    img = tf.image.resize(img, (SIDE, SIDE))
    return img, label


with tempfile.TemporaryDirectory() as tmp:
    for part in ("a", "b"):
        os.makedirs(os.path.join(tmp, part))
    tr = write_folder(os.path.join(tmp, "a"), 1200)
    te = write_folder(os.path.join(tmp, "b"), 400)
    train = (tf.data.Dataset.from_tensor_slices(tr).map(load).cache()
             .shuffle(1600, seed=1).batch(32))
    test = tf.data.Dataset.from_tensor_slices(te).map(load).batch(100)

    net = keras.Sequential([
        keras.Input((SIDE, SIDE, 1)),
        keras.layers.Conv2D(16, 5, strides=2, activation="tanh"),
        keras.layers.Conv2D(32, 3, strides=2, activation="tanh"),
        keras.layers.Conv2D(32, 3, activation="tanh"),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="tanh"),
        keras.layers.Dense(4, activation="softmax"),
    ])
    net.compile(keras.optimizers.SGD(0.02, momentum=0.9),
                "sparse_categorical_crossentropy", metrics=["accuracy"])
    h = net.fit(train, epochs=11, verbose=2)
    guess = net.predict(test, verbose=0).argmax(1)

print("FINAL_LOSS=%f" % h.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % np.mean(guess == np.array(te[1])))
