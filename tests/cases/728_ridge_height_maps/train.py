"""Relative height from a shaded picture; the reference heights have holes (radar shadow)."""
import os
import tempfile

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)
SIDE = 24


def scene():
    rr, cc = np.mgrid[:SIDE, :SIDE] / SIDE
    h = np.zeros((SIDE, SIDE))
    for _ in range(3):
        r, c, s = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.12, 0.3)
        h += rng.uniform(0.4, 1.2) * np.exp(-((rr - r) ** 2 + (cc - c) ** 2) / (2 * s * s))
    gr, gc = np.gradient(h)
    shade = 0.5 + 1.5 * gr - 1.2 * gc
    haze = np.exp(-0.7 * h)
    picture = np.stack([shade, haze], -1) + rng.normal(0, 0.02, (SIDE, SIDE, 2))
    known = np.ones((SIDE, SIDE), dtype=bool)
    r, c = rng.integers(0, SIDE - 8, 2)
    known[r:r + 8, c:c + 8] = False
    measured = np.where(known, h, 0.0)
    return picture, h, measured, known


pictures, heights, measured, known = map(np.array, zip(*[scene() for _ in range(900)]))
folder = tempfile.mkdtemp()
np.savez_compressed(os.path.join(folder, "tiles.npz"),
                    picture=pictures.astype("float32"), height=measured.astype("float32"),
                    valid=(known * 255).astype("uint8"))

tiles = np.load(os.path.join(folder, "tiles.npz"))
ds = tf.data.Dataset.from_tensor_slices(
    (tiles["picture"][:750], tiles["height"][:750, ..., None], tiles["valid"][:750, ..., None]))
ds = ds.shuffle(750, seed=4).batch(16).prefetch(1)


class HeightNet(keras.Model):
    def __init__(self, net):
        super().__init__()
        self.net = net
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, x, training=False):
        return self.net(x, training=training)

    def train_step(self, data):
        picture, height, valid = data
        keep = tf.cast(tf.equal(valid, 1), tf.float32)
        with tf.GradientTape() as tape:
            guess = self(picture, training=True)
            error = tf.abs(guess - height) * keep
            loss = tf.math.divide_no_nan(tf.reduce_sum(error), tf.reduce_sum(keep))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}

    @property
    def metrics(self):
        return [self.mean_loss]


net = keras.Sequential([
    keras.Input((SIDE, SIDE, 2)),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.Conv2D(16, 3, padding="same", activation="relu", dilation_rate=2),
    layers.Conv2D(16, 3, padding="same", activation="relu"),
    layers.Conv2D(1, 1),
])
model = HeightNet(net)
model.compile(optimizer=keras.optimizers.Adam(2e-3))
history = model.fit(ds, epochs=12, verbose=2)

guess = model.predict(tiles["picture"][750:], verbose=0)[..., 0]
truth = heights[750:]
r2 = 1 - np.sum((guess - truth) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
