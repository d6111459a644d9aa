"""Faint satellite streaks in star pictures; fewer than one pixel in a hundred belongs to a streak."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
S = 40


def pictures(n, seed):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[:S, :S]
    for _ in range(n):
        img = rng.normal(0.1, 0.03, (S, S))
        for _ in range(12):
            i, j = rng.integers(0, S, 2)
            img[i, j] += rng.uniform(0.3, 0.9)
        mask = np.zeros((S, S), bool)
        if rng.random() < 0.75:
            ang = rng.uniform(0, np.pi)
            ci, cj = rng.uniform(8, S - 8, 2)
            u = (xx - cj) * np.cos(ang) + (yy - ci) * np.sin(ang)
            v = -(xx - cj) * np.sin(ang) + (yy - ci) * np.cos(ang)
            mask = (np.abs(v) < 0.7) & (np.abs(u) < rng.uniform(4, 8))
            img[mask] += 0.2
        yield img[..., None].astype("float32"), mask[..., None].astype("float32")


def dataset(n, seed):
    sig = (tf.TensorSpec((S, S, 1)), tf.TensorSpec((S, S, 1)))
    return tf.data.Dataset.from_generator(lambda: pictures(n, seed), output_signature=sig).cache()


def tversky(y, p):
    # over the whole batch: many pictures hold no streak at all
    tp = tf.reduce_sum(y * p)
    fn = tf.reduce_sum(y * (1 - p))
    fp = tf.reduce_sum((1 - y) * p)
    return 1 - (tp + 1.0) / (tp + 0.7 * fn + 0.3 * fp + 1.0)


inp = layers.Input((S, S, 1))
x = layers.Rescaling(5.0, offset=-0.5)(inp)
for width, rate in ((16, 1), (16, 2), (16, 4), (16, 1)):
    x = layers.Conv2D(width, 3, padding="same", dilation_rate=rate, activation="relu")(x)
out = layers.Conv2D(1, 1, activation="sigmoid", bias_initializer=keras.initializers.Constant(-2.0))(x)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.RMSprop(5e-4), loss=tversky)
hist = model.fit(dataset(480, 1).shuffle(480, seed=1).batch(24), epochs=14, verbose=2)

x_test, y_test = (np.stack(v) for v in zip(*pictures(100, 2)))
p = model.predict(x_test, verbose=0) > 0.5
m = y_test > 0.5


def digest(arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


print("share of streak pixels", m.mean())
print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=dice:{2 * (p & m).sum() / (p.sum() + m.sum() + 1e-9):.4f}")
