"""Small U-Net that marks bright cells in microscope tiles stored as PNG files."""
import os
import tempfile
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
SIZE = 48
rng = np.random.default_rng(3)
folder = tempfile.mkdtemp()


def make_tile():
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    img = rng.normal(70, 12, (SIZE, SIZE)) + 0.6 * xx
    msk = np.zeros((SIZE, SIZE), bool)
    for _ in range(rng.integers(1, 4)):
        cy, cx = rng.uniform(8, SIZE - 8, 2)
        ry, rx = rng.uniform(4, 8, 2)
        inside = ((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2 < 1
        msk |= inside
        img = np.where(inside, img + 70, img)
    return np.clip(img, 0, 255).astype("uint8"), (msk * 255).astype("uint8")


def write(split, n):
    names = []
    for i in range(n):
        img, msk = make_tile()
        p = os.path.join(folder, f"{split}_{i:04d}")
        tf.io.write_file(p + "_img.png", tf.io.encode_png(img[..., None]))
        tf.io.write_file(p + "_mask.png", tf.io.encode_png(msk[..., None]))
        names.append(p)
    return names


train_names = write("train", 320)
test_names = write("test", 80)


def load(name):
    img = tf.io.decode_png(tf.io.read_file(name + "_img.png"), channels=1)
    msk = tf.io.decode_png(tf.io.read_file(name + "_mask.png"), channels=1)
    img = tf.cast(img, tf.float32) / 255.0
    msk = tf.cast(msk, tf.float32)
    img.set_shape((SIZE, SIZE, 1))
    msk.set_shape((SIZE, SIZE, 1))
    return img, msk


train = tf.data.Dataset.from_tensor_slices(train_names).map(load).cache().shuffle(320, seed=1).batch(16)
test = tf.data.Dataset.from_tensor_slices(test_names).map(load).batch(16)


def block(x, f):
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(f, 3, padding="same", activation="relu")(x)


inp = keras.Input((SIZE, SIZE, 1))
c1 = block(inp, 8)
c2 = block(layers.MaxPooling2D()(c1), 16)
c3 = block(layers.MaxPooling2D()(c2), 32)
u2 = block(layers.concatenate([layers.UpSampling2D()(c3), c2]), 16)
u1 = block(layers.concatenate([layers.UpSampling2D()(u2), c1]), 8)
out = layers.Conv2D(1, 1, activation="sigmoid")(u1)
unet = keras.Model(inp, out)
unet.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
hist = unet.fit(train, epochs=12, verbose=2)

pred = unet.predict(test, verbose=0)[..., 0] > 0.5
true = np.concatenate([m.numpy()[..., 0] > 0 for _, m in test])
inter = (pred & true).sum((1, 2))
dice = np.mean(2 * inter / np.maximum(pred.sum((1, 2)) + true.sum((1, 2)), 1))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=dice:{dice:.6f}")
