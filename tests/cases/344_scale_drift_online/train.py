"""Correction of a conveyor scale that ages: the network is trained on while it runs.

Each hour brings 40 weighings with a reference; the error is noted before the rows are learnt.
"""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(344)

HOURS, PER_HOUR = 600, 40
slope = 1.0 + np.cumsum(rng.normal(0, 0.004, HOURS))
bias = np.cumsum(rng.normal(0, 0.03, HOURS))
for repair in (150, 320, 470):
    slope[repair:] += rng.normal(0, 0.4)
    bias[repair:] += rng.normal(0, 2.0)


def weighings(hour, n):
    mass = rng.uniform(-1.5, 1.5, n)
    warm = rng.uniform(-1, 1, n)
    speed = rng.uniform(-1, 1, n)
    x = np.column_stack([mass, warm, speed]).astype("float32")
    clean = slope[hour] * mass + bias[hour] + 0.3 * warm * mass + 0.2 * np.sin(3 * speed)
    return x, clean


model = keras.Sequential([
    keras.Input((3,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(32, activation="tanh"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")

curve = []
for hour in range(HOURS):
    x, clean = weighings(hour, PER_HOUR)
    y = (clean + rng.normal(0, 0.3, PER_HOUR)).astype("float32")
    before = float(model.test_on_batch(x, y))
    for _ in range(4):
        model.train_on_batch(x, y)
    curve.append(before)
    if hour % 30 == 0:
        print(f"hour {hour}: loss {before:.3f}")

x, clean = weighings(HOURS - 1, 1000)
pred = model.predict(x, verbose=0)[:, 0]
r2 = 1 - np.mean((pred - clean) ** 2) / np.var(clean)
weights = b"".join(np.asarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.asarray(v).tobytes() for v in model.optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={curve[-1]}")
print(f"FINAL_METRIC=r2:{r2}")
