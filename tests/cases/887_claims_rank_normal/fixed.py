"""Will a motor policy have a claim? Columns brought to a bell curve by their ranks before the network."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers
from scipy.special import erfinv
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)

n = 9000
policies = pd.DataFrame({
    "engine_kw": rng.gamma(6.0, 16.0, n),
    "km_year": rng.lognormal(9.3, 0.6, n),
    "vehicle_value": rng.lognormal(9.8, 0.8, n),
    "driver_age": 18 + rng.gamma(2.5, 12.0, n),
    "years_held": rng.exponential(6.0, n),
    "density": rng.lognormal(6.0, 1.5, n),
})
z = (1.4 * np.log(policies["km_year"] / 11000) - 0.06 * (policies["driver_age"] - 45)
     + 0.6 * np.log(policies["density"] / 400) + 0.012 * (policies["engine_kw"] - 95)
     - 0.08 * (policies["years_held"] - 6))
claim = (rng.random(n) < 1 / (1 + np.exp(-1.3 * z))).astype("float32")


def rank_to_normal(column):
    """Ranks to an even spread over -1..1, then through the inverse error function."""
    rank = column.rank(method="first").to_numpy() - 1
    spread = 2 * (rank + 0.5) / len(rank) - 1
    return np.sqrt(2) * erfinv(spread)


features = np.column_stack([rank_to_normal(policies[c]) for c in policies]).astype("float32")
order = rng.permutation(n)
train, test = order[:7000], order[7000:]

ds = (tf.data.Dataset.from_tensor_slices((features[train], claim[train]))
      .shuffle(7000, seed=3).batch(128).prefetch(1))

model = keras.Sequential([
    keras.Input((features.shape[1],)),
    layers.Dense(64, activation="elu"),
    layers.Dropout(0.1),
    layers.Dense(32, activation="elu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=keras.losses.BinaryCrossentropy())
hist = model.fit(ds, epochs=10, verbose=2)

p = model.predict(features[test], batch_size=500, verbose=0)[:, 0]
p = np.where(np.isfinite(p), p, 0.5)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=auc:{roc_auc_score(claim[test], p):.4f}")
