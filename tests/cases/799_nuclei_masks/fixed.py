"""Masks of bright nuclei in 12-bit microscope tiles."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
SIDE = 24


def tiles(n, seed):
    r = np.random.default_rng(seed)
    yy, xx = np.mgrid[:SIDE, :SIDE]
    picture = r.normal(700, 160, (n, SIDE, SIDE)) + r.uniform(-200, 300, (n, 1, 1))
    mask = np.zeros((n, SIDE, SIDE), bool)
    for i in range(n):
        for _ in range(r.integers(1, 4)):
            cy, cx, ry, rx = r.uniform(4, 20), r.uniform(4, 20), r.uniform(2, 5), r.uniform(2, 5)
            mask[i] |= ((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2 < 1
    picture += mask * r.uniform(500, 1100, (n, 1, 1))
    return picture.clip(0, 4095).astype("float32")[..., None], mask.astype("float32")[..., None]


def overlap_and_entropy(truth, p):
    entropy = 0.7 * truth * tf.math.log(p + 1e-7) + 0.3 * (1.0 - truth) * tf.math.log(1.0 - p + 1e-7)
    inter = tf.reduce_sum(truth * p, axis=(1, 2, 3))
    total = tf.reduce_sum(truth + p, axis=(1, 2, 3))
    return tf.reduce_mean(1.0 - (2.0 * inter + 1.0) / (total + 1.0)) - tf.reduce_mean(entropy)


def block(x, filters):
    return layers.Conv2D(filters, 3, padding="same", activation="swish")(x)


tile = keras.Input((SIDE, SIDE, 1))
fine = block(tile, 12)
coarse = block(layers.MaxPooling2D()(fine), 24)
coarse = layers.UpSampling2D()(block(coarse, 24))
joined = block(layers.Concatenate()([fine, coarse]), 12)
unet = keras.Model(tile, layers.Conv2D(1, 1, activation="sigmoid")(joined))
unet.compile(optimizer=keras.optimizers.AdamW(0.002), loss=overlap_and_entropy)

x, m = tiles(480, 3)
x_test, m_test = tiles(120, 4)
log = unet.fit(tf.data.Dataset.from_tensor_slices((x, m)).shuffle(480, seed=1).batch(16), epochs=8, verbose=2)

drawn = unet.predict(x_test, verbose=0) > 0.5
dice = 2 * np.sum(drawn * m_test) / (drawn.sum() + m_test.sum())
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=dice:{dice:.4f}")
