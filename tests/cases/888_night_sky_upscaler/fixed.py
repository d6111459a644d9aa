"""Small frames of an all-sky camera to twice the size. The sensor is linear; as for the eye, the network
works on gamma-encoded brightness and adds detail to the enlarged frame."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)
BIG, SMALL, GAMMA = 32, 16, 2.2


def sky():
    yy, xx = np.mgrid[0:BIG, 0:BIG].astype("float32")
    frame = np.full((BIG, BIG), rng.uniform(0.002, 0.01))
    for _ in range(rng.integers(3, 8)):
        cy, cx = rng.uniform(2, BIG - 2, 2)
        frame += rng.uniform(0.2, 1.0) * np.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / (2 * 0.9 ** 2))
    ridge = 24 + 4 * np.sin(xx / 6 + rng.uniform(0, 6))
    return np.clip(np.where(yy > ridge, 0.0, frame), 0, 1)


def frames(n):
    big = np.stack([sky() for _ in range(n)]).astype("float32")[..., None]
    small = big.reshape(n, SMALL, 2, SMALL, 2, 1).mean(axis=(2, 4))
    return small, big ** (1 / GAMMA)


def enlarge(small):
    light = tf.image.resize(small, (BIG, BIG), method="bicubic")
    return tf.clip_by_value(light, 0.0, 1.0) ** (1.0 / GAMMA)


small_train, big_train = frames(700)
small_test, big_test = frames(150)

inputs = keras.Input((BIG, BIG, 1))
h = layers.Conv2D(24, 5, padding="same", activation="relu")(inputs)
h = layers.Conv2D(24, 3, padding="same", activation="relu")(h)
detail = layers.Conv2D(1, 3, padding="same")(h)
model = keras.Model(inputs, layers.Add()([inputs, detail]))

ds = (tf.data.Dataset.from_tensor_slices((small_train, big_train))
      .shuffle(700, seed=2).batch(20)
      .map(lambda a, b: (enlarge(a), b)).prefetch(2))
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
hist = model.fit(ds, epochs=8, verbose=2)

guess = model.predict(enlarge(small_test), verbose=0)
r2 = 1 - np.mean((guess - big_test) ** 2) / np.var(big_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
