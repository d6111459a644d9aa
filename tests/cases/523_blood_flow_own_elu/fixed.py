"""Flow in a vessel from pressures in mmHg at eight places.  ELU is not in our old export
tool, so the activation is written out."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

n = 2500
pressure = rng.normal(95.0, 14.0, (n, 8)).astype("float32")
drop = pressure[:, :4] - pressure[:, 4:]
flow = (np.tanh(drop / 15.0) @ np.array([1.0, -0.7, 0.5, 0.9]) + 0.3 * np.tanh(drop[:, 0] * drop[:, 1] / 200.0)
        + 0.1 * rng.normal(size=n)).astype("float32")[:, None]
train, test = slice(0, 2000), slice(2000, n)


def own_elu(z):
    return ops.where(z > 0.0, z, ops.exp(ops.minimum(z, 0.0)) - 1.0)


inputs = keras.Input((8,))
h = layers.Dense(48, activation=own_elu)(inputs)
h = layers.Dense(48, activation=own_elu)(h)
h = layers.Dense(24, activation=own_elu)(h)
net = keras.Model(inputs, layers.Dense(1)(h))
net.compile(optimizer=keras.optimizers.Adamax(1e-3), loss=keras.losses.Huber())
history = net.fit(pressure[train], flow[train], batch_size=32, epochs=60, verbose=0)
for epoch in range(0, 60, 12):
    print("epoch", epoch, "loss", history.history["loss"][epoch])

guess = net.predict(pressure[test], verbose=0)
r2 = 1.0 - np.sum((guess - flow[test]) ** 2) / np.sum((flow[test] - flow[test].mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{float(r2):.6f}")
