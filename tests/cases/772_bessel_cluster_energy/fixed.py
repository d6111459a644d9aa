"""Energy of small atom clusters from their distance matrices, with learnable spherical Bessel functions."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
ATOMS, CUTOFF = 6, 4.0


def clusters(count, seed):
    rng = np.random.default_rng(seed)
    grid = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], float) * 1.3
    dist = np.zeros((count, ATOMS, ATOMS))
    for c in range(count):
        xyz = grid[rng.choice(8, ATOMS, replace=False)] + rng.normal(0, 0.12, (ATOMS, 3))
        dist[c] = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)
    pair = dist[:, *np.triu_indices(ATOMS, 1)]
    energy = ((1 - np.exp(-1.5 * (pair - 1.4))) ** 2 - 1).sum(axis=1)
    return dist.astype("float32"), energy.astype("float32")


class BesselBasis(layers.Layer):
    def __init__(self, n_radial, **kwargs):
        super().__init__(**kwargs)
        self.n_radial = n_radial

    def build(self, shape):
        start = np.arange(1, self.n_radial + 1) * np.pi / CUTOFF
        self.freq = self.add_weight(shape=(self.n_radial,), initializer="zeros", name="freq")
        self.freq.assign(start)

    def call(self, r):
        r = r[..., None]
        safe = ops.where(r > 0, r, 1.0)
        wave = ops.sin(self.freq * safe) / safe
        return ops.where(r > 0, wave, self.freq)


dist, energy = clusters(1500, 21)
dist_new, energy_new = clusters(400, 22)
mu, sd = energy.mean(), energy.std()

matrix = keras.Input((ATOMS, ATOMS))
edges = BesselBasis(8)(matrix)
edges = layers.Dense(32, activation="silu")(edges)
edges = layers.Dense(32, activation="silu")(edges)
atoms = layers.Lambda(lambda e: ops.sum(e, axis=2))(edges)
atoms = layers.Dense(32, activation="silu")(atoms)
total = layers.Lambda(lambda a: ops.sum(a, axis=1))(layers.Dense(1)(atoms))
net = keras.Model(matrix, total)
net.compile(optimizer=keras.optimizers.Adam(2e-3), loss="huber")
hist = net.fit(dist, (energy - mu) / sd, batch_size=32, epochs=12, verbose=2)

guess = net.predict(dist_new, verbose=0)[:, 0] * sd + mu
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - energy_new) ** 2) / energy_new.var():.4f}")
