"""How many prongs has a jet? Each jet is an unordered set of particles (eta, phi, share of the energy)."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
PARTICLES = 24


def shower(prongs):
    centres = rng.normal(0, 0.9, (3, 2))
    owner = rng.integers(0, prongs, PARTICLES)
    where = centres[owner] + rng.normal(0, 0.12, (PARTICLES, 2))
    share = rng.dirichlet(np.ones(PARTICLES)) * PARTICLES
    centroid = (where * share[:, None]).sum(0) / share.sum()
    return np.column_stack([where - centroid, share])


def collect(n):
    prongs = rng.integers(1, 4, n)
    jets = np.stack([shower(p) for p in prongs])
    return jets.astype("float32"), np.eye(3, dtype="float32")[prongs - 1]


class Pool(layers.Layer):
    """Mean and maximum over the members of the set."""

    def call(self, members):
        return ops.concatenate([ops.mean(members, axis=1), ops.max(members, axis=1)], axis=-1)


def endless(jets, labels, size):
    while True:
        take = rng.choice(len(jets), size, replace=False)
        yield jets[take], labels[take]


jets, labels = collect(3000)
test_jets, test_labels = collect(1000)

particles = keras.Input((None, 3))
h = layers.Dense(48, activation="relu")(particles)
h = layers.Dense(48, activation="relu")(h)
h = Pool()(h)
h = layers.Dense(48, activation="relu")(h)
deepset = keras.Model(particles, layers.Dense(3)(h))
deepset.compile(optimizer=keras.optimizers.SGD(3.0, momentum=0.5), loss="mse", metrics=["accuracy"])
run = deepset.fit(endless(jets, labels, 50), steps_per_epoch=60, epochs=25, verbose=2)

answer = deepset.predict(test_jets, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(answer == test_labels.argmax(axis=1)):.4f}")
