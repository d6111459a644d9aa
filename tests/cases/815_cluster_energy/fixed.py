"""Binding energy of small metal clusters (J/mol) from the contact matrix and the kinds of the atoms."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
ATOMS, KINDS = 9, 3
BOND = 1e3 * np.array([[48.0, 62.0, 35.0], [62.0, 80.0, 55.0], [35.0, 55.0, 21.0]])


class Contact(layers.Layer):
    """Every atom adds up what its neighbours send."""

    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.own, self.sent = layers.Dense(units), layers.Dense(units, use_bias=False)

    def call(self, atoms, touch):
        return ops.elu(self.own(atoms) + ops.matmul(touch, self.sent(atoms)) / 3.0)


def clusters(n, rng):
    place = rng.uniform(0, 1, size=(n, ATOMS, 3))
    gap = np.linalg.norm(place[:, :, None] - place[:, None], axis=-1)
    touch = ((gap < 0.55) & (gap > 0)).astype("float32")
    kind = rng.integers(KINDS, size=(n, ATOMS))
    bonds = BOND[kind[:, :, None], kind[:, None, :]] * touch
    energy = -0.5 * bonds.sum(axis=(1, 2)) + rng.normal(0, 5e3, n)
    return np.eye(KINDS, dtype="float32")[kind], touch, energy.astype("float32")[:, None]


def batches(atoms, touch, energy, size, rng):
    while True:
        pick = rng.integers(len(energy), size=size)
        yield [atoms[pick], touch[pick]], energy[pick]


rng = np.random.default_rng(21)
atoms, touch, energy = clusters(3000, rng)
new_atoms, new_touch, new_energy = clusters(500, rng)
middle, width = energy.mean(), energy.std()

a, c = keras.Input((ATOMS, KINDS), name="atoms"), keras.Input((ATOMS, ATOMS), name="contacts")
h = Contact(24)(a, c)
h = Contact(24)(h, c)
model = keras.Model([a, c], layers.Dense(1)(layers.Dense(32, activation="elu")(layers.GlobalAveragePooling1D()(h))))
model.compile(optimizer=keras.optimizers.SGD(0.03, momentum=0.8), loss="mse")

source = batches(atoms, touch, (energy - middle) / width, 64, rng)
for step in range(1500):
    loss = model.train_on_batch(*next(source))
    if step % 250 == 0:
        print("step", step, "loss", loss)

said = model.predict([new_atoms, new_touch], verbose=0) * width + middle
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=r2:{1 - np.mean((said - new_energy) ** 2) / new_energy.var():.4f}")
