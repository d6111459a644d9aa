"""Delivery times arrive in small batches; learn their mean and their spread on the fly."""

import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(1440)


def next_orders(n):
    km, items, rush = rng.uniform(0, 10, n), rng.integers(1, 12, n), rng.random(n) < 0.3
    spread = 0.1 + 0.04 * km + 0.3 * rush
    hours = 0.3 + 0.16 * km + 0.03 * items + 0.5 * rush * km / 5 + spread * rng.normal(size=n) * 0.5
    feats = np.column_stack([(km - 5) / 2.9, (items - 6) / 3.2, rush - 0.3])
    return feats.astype("float32"), hours.astype("float32")[:, None]


def normal_nll(y, out):
    mu, sigma = out[:, :1], out[:, 1:]
    return ops.mean(ops.log(sigma) + 0.5 * ops.square((y - mu) / sigma))


feats = keras.Input((3,))
h = layers.Dense(32, activation="relu")(feats)
h = layers.Dense(32, activation="relu")(h)
mu = layers.Dense(1, name="mu")(h)
sigma = layers.Dense(1, activation="softplus", name="sigma")(h)
sigma = layers.Rescaling(1.0, offset=1e-3)(sigma)
courier = keras.Model(feats, layers.Concatenate()([mu, sigma]))
courier.compile(optimizer=keras.optimizers.Adam(2e-3), loss=normal_nll)

for batch in range(1, 801):
    x, y = next_orders(32)
    loss = courier.train_on_batch(x, y)
    if batch % 100 == 0:
        print(f"batch {batch}  loss: {float(loss):.4f}")

x, y = next_orders(1000)
out = courier.predict_on_batch(x)
mean, sd = out[:, :1], out[:, 1:]
density = np.mean(-np.log(sd) - 0.5 * ((y - mean) / sd) ** 2)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=log_density:{density:.4f}")
