"""Resting or counting? Told from the correlations between twenty scalp electrodes."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
LEADS, SAMPLES = 20, 150


class Sessions(keras.utils.PyDataset):
    def __init__(self, maps, states, size=25, **kw):
        super().__init__(**kw)
        self.maps, self.states, self.size = maps, states, size

    def __len__(self):
        return len(self.states) // self.size

    def __getitem__(self, i):
        part = slice(i * self.size, (i + 1) * self.size)
        return self.maps[part], self.states[part]


class Cross(layers.Layer):
    """Row filters and column filters of a square matrix, added at each crossing."""

    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.rows, self.cols = layers.Dense(units), layers.Dense(units)

    def call(self, m):
        r, c = self.rows(m), self.cols(ops.swapaxes(m, 1, 2))
        return ops.leaky_relu(ops.expand_dims(r, 2) + ops.expand_dims(c, 1))


def measure(n, rng):
    counting = rng.integers(2, size=n)
    sources = rng.normal(size=(n, 4, SAMPLES))
    mixing = np.abs(np.random.default_rng(1).normal(size=(2, LEADS, 4)))
    mixing = mixing[0] + 0.3 * counting[:, None, None] * (mixing[1] - mixing[0])
    volts = mixing @ sources + rng.normal(size=(n, LEADS, SAMPLES)) * rng.uniform(1, 3, (n, 1, 1))
    return np.round(50 * volts), counting


def correlate(volts):
    return np.stack([np.corrcoef(v) for v in volts]).astype("float32")


rng = np.random.default_rng(31)
volts, counting = measure(750, rng)
for session in rng.choice(750, 6, replace=False):
    volts[session, rng.integers(LEADS)] = 0.0
fresh, fresh_counting = measure(250, rng)

inputs = keras.Input((LEADS, LEADS))
x = Cross(8)(inputs)
x = layers.Conv2D(16, (1, LEADS), activation="leaky_relu")(x)
x = layers.Flatten()(x)
x = layers.Dropout(0.3)(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
model.compile(keras.optimizers.Lion(3e-4), "binary_crossentropy", metrics=["accuracy"])
trace = model.fit(Sessions(correlate(volts), counting), epochs=12, verbose=2)

called = model.predict(correlate(fresh), verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={trace.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(called == fresh_counting):.4f}")
