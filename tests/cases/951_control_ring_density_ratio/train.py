"""Log density of ship positions round a harbour, by telling them from uniform noise points."""
import hashlib

import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)

BOX = 4.0
LOG_NOISE = -2 * np.log(2 * BOX)
RADIUS, SPREAD = 2.0, 0.45


def ships(n):
    angle = rng.uniform(0, 2 * np.pi, n)
    r = RADIUS + rng.normal(0, SPREAD, n)
    return np.stack([r * np.cos(angle), r * np.sin(angle)], 1).astype("float32")


def true_log_density(p):
    r = np.linalg.norm(p, axis=1)
    return (-0.5 * ((r - RADIUS) / SPREAD) ** 2 - np.log(SPREAD * np.sqrt(2 * np.pi))
            - np.log(2 * np.pi * r))


n = 12000
points = np.concatenate([ships(n), rng.uniform(-BOX, BOX, (n, 2)).astype("float32")])
real = np.concatenate([np.ones(n), np.zeros(n)]).astype("float32")

inp = keras.Input((2,))
h = layers.Dense(64, activation="swish")(inp)
h = layers.Dense(64, activation="swish")(h)
log_density = layers.Dense(1, name="log_density")(h)
model = keras.Model(inp, log_density)


def against_noise(y, log_p):
    return ops.binary_crossentropy(y, log_p - LOG_NOISE, from_logits=True)


model.compile(optimizer=keras.optimizers.Adam(
    keras.optimizers.schedules.CosineDecay(1e-2, 24 * 94)), loss=against_noise)
hist = model.fit(points, real, batch_size=256, epochs=24, verbose=2)

probe = ships(1500)
guess = model.predict(probe, batch_size=500, verbose=0)[:, 0]
truth = true_log_density(probe)
r2 = 1 - np.mean((guess - truth) ** 2) / np.var(truth)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
