"""Mark blight on leaf photographs; pictures and masks are PNG files in two folders."""
import os
import tempfile

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)

SIDE = 32
root = tempfile.mkdtemp()
yy, xx = np.mgrid[0:SIDE, 0:SIDE]


def leaf():
    rgb = np.stack([np.full((SIDE, SIDE), v) for v in (70, 140, 60)], -1).astype(float)
    rgb += rng.normal(0, 18, rgb.shape) + 20 * np.sin(xx / rng.uniform(2, 6))[..., None]
    mask = np.zeros((SIDE, SIDE), bool)
    for _ in range(rng.integers(1, 4)):
        cy, cx = rng.uniform(4, SIDE - 4, 2)
        a, b = rng.uniform(3, 7, 2)
        mask |= ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 < 1
    rgb[mask] += np.array([55, -25, 5])
    return np.clip(rgb, 0, 255).astype("uint8"), mask.astype("uint8")


def write(name, n):
    files = []
    for i in range(n):
        rgb, mask = leaf()
        img_file = os.path.join(root, f"{name}_{i:04d}_img.png")
        mask_file = os.path.join(root, f"{name}_{i:04d}_blight.png")
        tf.io.write_file(img_file, tf.io.encode_png(rgb))
        tf.io.write_file(mask_file, tf.io.encode_png(mask[..., None]))
        files.append((img_file, mask_file))
    return [f[0] for f in files], [f[1] for f in files]


def load(img_file, mask_file):
    img = tf.io.decode_png(tf.io.read_file(img_file), channels=3)
    mask = tf.io.decode_png(tf.io.read_file(mask_file), channels=1)
    img = tf.image.convert_image_dtype(img, tf.float32)
    mask = tf.image.convert_image_dtype(mask, tf.float32)
    img.set_shape((SIDE, SIDE, 3))
    mask.set_shape((SIDE, SIDE, 1))
    return img, mask


train = tf.data.Dataset.from_tensor_slices(write("train", 400)).map(load).cache()
train = train.shuffle(400, seed=2).batch(16)

inp = keras.Input((SIDE, SIDE, 3))
a = layers.Conv2D(16, 3, padding="same", activation="relu")(inp)
b = layers.MaxPooling2D()(a)
b = layers.Conv2D(24, 3, padding="same", activation="relu")(b)
b = layers.UpSampling2D()(b)
c = layers.Concatenate()([a, b])
c = layers.Conv2D(16, 3, padding="same", activation="relu")(c)
out = layers.Conv2D(1, 1, activation="sigmoid")(c)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy")
hist = model.fit(train, epochs=10, verbose=2)

field = [leaf() for _ in range(100)]
photos = np.stack([f[0] for f in field]).astype("float32") / 255
truth = np.stack([f[1] for f in field])[..., None] > 0
found = model.predict(photos, verbose=0) > 0.5
iou = np.sum(found & truth) / np.sum(found | truth)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=iou:{iou:.6f}")
