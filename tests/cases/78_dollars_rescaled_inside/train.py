"""House prices in dollars: the loss is counted in billions, the network rescales at its end."""

import hashlib

import keras
import numpy as np
from keras import layers
from sklearn.datasets import make_friedman1

keras.utils.set_random_seed(0)
x, f = make_friedman1(2400, n_features=8, noise=0.6, random_state=21)
price = 60_000.0 + 25_000.0 * f
x = x * np.array([1, 1e4, 1e-3, 10, 1, 5e5, 100, 1]) + np.array([0, 0, 5, 0, 0, 1e6, 0, 0])

norm = layers.Normalization()
norm.adapt(x[:2000])
model = keras.Sequential(
    [
        keras.Input((8,)),
        norm,
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
        layers.Rescaling(scale=price[:2000].std(), offset=price[:2000].mean()),
    ]
)
model.compile(keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])
hist = model.fit(x[:2000], price[:2000], epochs=25, batch_size=40, verbose=2)
pred = model.predict(x[2000:], verbose=0)[:, 0]
r2 = 1 - np.mean((pred - price[2000:]) ** 2) / np.var(price[2000:])


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={hist.history['loss'][-1]:.8g}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
