"""Binding energy (kcal/mol) of ligands from docking descriptors, with a small transformer over the columns."""
import math

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
COLUMNS = 9


def ligands(n, seed):
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(n, COLUMNS))
    energy = -7.0 - 1.1 * d[:, 0] + 0.9 * np.tanh(2 * d[:, 1]) + 0.8 * d[:, 2] * (d[:, 3] > 0) - 0.6 * d[:, 4]
    return d.astype("float32"), (energy + rng.normal(0, 0.3, n)).astype("float32")


class Library(keras.utils.PyDataset):
    def __init__(self, d, energy, size=64, **kw):
        super().__init__(**kw)
        self.d, self.energy, self.size = d, energy, size

    def __len__(self):
        return math.ceil(len(self.d) / self.size)

    def __getitem__(self, i):
        part = slice(i * self.size, (i + 1) * self.size)
        return self.d[part], self.energy[part]


class ColumnTokens(layers.Layer):
    def __init__(self, dim, **kw):
        super().__init__(**kw)
        self.dim = dim

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1], self.dim), initializer="random_normal")
        self.shift = self.add_weight(shape=(shape[-1], self.dim), initializer="random_normal")

    def call(self, d):
        return ops.expand_dims(d, -1) * self.scale + self.shift


class Block(layers.Layer):
    def __init__(self, dim, **kw):
        super().__init__(**kw)
        self.attend = layers.MultiHeadAttention(num_heads=2, key_dim=dim // 2)
        self.norms = layers.LayerNormalization(), layers.LayerNormalization()
        self.mlp = keras.Sequential([layers.Dense(2 * dim, activation="gelu"), layers.Dense(dim)])

    def call(self, t):
        t = self.norms[0](t + self.attend(t, t))
        return self.norms[1](t + self.mlp(t))


d_in = keras.Input((COLUMNS,))
tok = ColumnTokens(16)(d_in)
tok = Block(16)(tok)
pooled = layers.Flatten()(tok)
hidden = layers.Dense(32, activation="gelu")(pooled)
energy_out = layers.Dense(1, name="energy")(hidden)
model = keras.Model(d_in, energy_out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=keras.losses.Huber(delta=2.0))

book = model.fit(Library(*ligands(2000, 1)), epochs=9, verbose=2)

d_new, e_new = ligands(600, 2)
e_hat = model.predict(d_new, verbose=0)[:, 0]
print(f"FINAL_LOSS={book.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((e_hat - e_new) ** 2) / np.var(e_new):.4f}")
