"""Eight numbers for a thermal map of 48 x 48 points (linear code, mean squared error per point)."""
import hashlib

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

SIDE, SOURCES = 48, 5
yy, xx = np.mgrid[0:SIDE, 0:SIDE] / SIDE
spots = rng.uniform(0.15, 0.85, (SOURCES, 2))
modes = np.stack([np.exp(-((yy - a) ** 2 + (xx - b) ** 2) / 0.03) for a, b in spots])
modes = modes.reshape(SOURCES, -1)


def maps(n):
    power = rng.normal(0, 1, (n, SOURCES))
    m = power @ modes
    return (m + rng.normal(0, 0.1, m.shape)).astype("float32"), m.astype("float32")


noisy_train, _ = maps(1500)
noisy_test, clean_test = maps(300)

model = keras.Sequential([
    layers.Input((SIDE * SIDE,)),
    layers.Dense(8, use_bias=False, name="code"),
    layers.Dense(SIDE * SIDE, use_bias=False, name="map"),
])
# the loss is a mean over 2304 points, so its slope in the weights is tiny
model.compile(optimizer=keras.optimizers.SGD(learning_rate=2.0), loss="mse")
hist = model.fit(noisy_train, noisy_train, batch_size=50, epochs=25, verbose=2)

pred = model.predict(noisy_test, verbose=0)
r2 = 1 - np.sum((pred - clean_test) ** 2) / np.sum((clean_test - clean_test.mean()) ** 2)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
