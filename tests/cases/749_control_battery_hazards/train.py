"""Months until a leased battery fails: one chance of failing per month, most batteries still run at the end."""
import hashlib

import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)
N, MONTHS = 5000, 36

x = np.stack([rng.normal(size=N), rng.normal(size=N), rng.integers(0, 2, N), rng.uniform(-1, 1, N)], 1).astype("float32")
score = 1.0 * x[:, 0] - 0.7 * x[:, 1] + 0.9 * x[:, 2] * x[:, 0] + 1.2 * x[:, 3] ** 2
base = -7.2 + 0.03 * np.arange(MONTHS)
hazard = 1 / (1 + np.exp(-(base[None, :] + score[:, None])))
fails = rng.random((N, MONTHS)) < hazard
month = np.where(fails.any(1), fails.argmax(1), MONTHS)
watched = rng.integers(8, MONTHS + 1, N)
event = (month < watched)
stop = np.minimum(month, watched)

target = np.zeros((N, MONTHS), "float32")
target[np.arange(N)[event], stop[event]] = 1
in_view = (np.arange(MONTHS)[None, :] < (stop + event)[:, None]).astype("float32")
y = np.stack([target, in_view], -1)


def monthly(y, p):
    hit, seen = y[..., 0], y[..., 1]
    p = ops.clip(p, 1e-6, 1 - 1e-6)
    nll = -(hit * ops.log(p) + (1 - hit) * ops.log(1 - p))
    return ops.sum(nll * seen, axis=-1) / ops.maximum(ops.sum(seen, axis=-1), 1.0)


class Hazards(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = layers.Dense(32, activation="elu")
        self.b = layers.Dense(32, activation="elu")
        self.out = layers.Dense(MONTHS, activation="sigmoid",
                                bias_initializer=keras.initializers.Constant(-6.0))

    def call(self, x):
        return self.out(self.b(self.a(x)))


def concordance(time, event, risk):
    first = (time[:, None] < time[None, :]) & event[:, None]
    good = (risk[:, None] > risk[None, :]) + 0.5 * (risk[:, None] == risk[None, :])
    return good[first].mean()


model = Hazards()
model.compile(optimizer=keras.optimizers.Nadam(1e-3), loss=monthly)
hist = model.fit(x[:4000], y[:4000], batch_size=100, epochs=15, verbose=2)

p = model.predict(x[4000:], verbose=0)
risk = 1 - np.prod(1 - p.astype("float64"), axis=1)
c = concordance(stop[4000:], event[4000:], risk)


def digest(arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=concordance:{c:.4f}")
