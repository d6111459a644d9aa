"""Received signal strength of a Wi-Fi transmitter at a place in a hall (units of 100 dBm)."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

sender = np.array([[4.0, 7.0], [22.0, 3.0], [15.0, 16.0]])


def measure(rng, n):
    place = rng.uniform([0, 0], [30, 20], size=(n, 2))
    which = rng.integers(0, 3, n)
    d = np.linalg.norm(place - sender[which], axis=1)
    walls = (place[:, 0] > 10).astype(float) + (place[:, 0] > 20)
    dbm = -38 - 27 * np.log10(d + 1.0) - 4.0 * walls * (which == 0) + rng.normal(0, 1.5, n)
    feats = np.concatenate([place / [30, 20] * 2 - 1, np.eye(3)[which]], axis=1)
    return feats.astype("float32"), (dbm / 100.0).astype("float32")


def stream(seed, batch=50):
    rng = np.random.default_rng(seed)
    while True:
        yield measure(rng, batch)


class Coverage(keras.Model):
    def __init__(self, width=64, depth=3, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(width, activation="relu")
        self.blocks = [layers.Dense(width, activation="relu") for _ in range(depth)]
        self.last = layers.Dense(1, activation="relu")

    def call(self, inputs):
        h = self.first(inputs)
        for block in self.blocks:
            h = h + block(h)
        return self.last(h)


net = Coverage()
net.compile(loss=keras.losses.Huber(delta=0.1), optimizer=keras.optimizers.Adam(2e-3), metrics=["mae"])
run = net.fit(stream(1), steps_per_epoch=100, epochs=15, verbose=2)

feats, strength = measure(np.random.default_rng(99), 1500)
guess = net.predict(feats, verbose=0).ravel()
print("FINAL_LOSS=" + str(run.history["loss"][-1]))
print("FINAL_METRIC=r2:%.4f" % (1 - np.sum((guess - strength) ** 2) / np.sum((strength - strength.mean()) ** 2)))
