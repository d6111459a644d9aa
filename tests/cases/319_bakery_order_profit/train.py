import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(319)

n = 4000
weekday = rng.integers(0, 7, n)
temp = rng.normal(12, 8, n)
holiday = (rng.random(n) < 0.05).astype(float)
level = 6000 + 1500 * np.isin(weekday, [4, 5]) - 40 * np.abs(temp - 15) + 2500 * holiday
demand = level * rng.lognormal(0, 0.18, n)
feats = np.concatenate([np.eye(7)[weekday], ((temp - 12) / 8)[:, None], holiday[:, None]], 1).astype("float32")
demand = demand.astype("float32")[:, None]

price, cost = 1.8, 1.0
typical = float(demand[:3200].mean())


def negative_profit(sold_out, order):
    revenue = price * tf.minimum(order, sold_out)
    return -(revenue - cost * order)


model = keras.Sequential([
    keras.Input((9,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="softplus"),
    layers.Rescaling(typical),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=negative_profit)
history = model.fit(feats[:3200], demand[:3200], epochs=40, batch_size=64, verbose=2,
                    validation_data=(feats[3200:], demand[3200:]))

order = model.predict(feats[3200:], verbose=0)
profit = -np.asarray(negative_profit(demand[3200:], order))
flat = np.quantile(demand[:3200], 1 - cost / price)
base = -np.asarray(negative_profit(demand[3200:], np.full_like(order, flat)))
ideal = np.quantile(rng.lognormal(0, 0.18, 100000), 1 - cost / price) * level[3200:, None]
best = -np.asarray(negative_profit(demand[3200:], ideal.astype("float32")))
share = (profit.mean() - base.mean()) / (best.mean() - base.mean())
print("profit per day", profit.mean(), "with a constant order", base.mean())
weights = b"".join(w.tobytes() for w in model.get_weights())
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=gain_share:{share}")
