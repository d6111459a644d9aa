import io

import numpy as np
import pandas as pd
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)


def export(n):
    """Stands for the registry export, columns as in the survival package of R:
    time in days and status (1 = censored, 2 = dead)."""
    age = rng.normal(64, 9, n)
    ph = rng.integers(0, 3, n)
    wt_loss = rng.normal(9, 12, n)
    albumin = rng.normal(39, 5, n)
    risk = (0.06 * (age - 64) + 0.8 * (ph - 1) - 0.14 * (albumin - 39)
            + 0.9 * np.sin(wt_loss / 8))
    death = rng.weibull(1.4, n) * 420 * np.exp(-risk / 1.4)
    leave = rng.uniform(60, 1100, n)
    t = np.minimum(death, leave)
    status = np.where(death <= leave, 2, 1)
    frame = pd.DataFrame(dict(time=np.ceil(t).astype(int), status=status, age=age.round(1),
                              ph=ph, wt_loss=wt_loss.round(1), albumin=albumin.round(1)))
    return frame, death


frame, _ = export(4000)
test_frame, test_death = export(1200)
frame = pd.read_csv(io.StringIO(frame.to_csv(index=False)))

FEATURES = ["age", "ph", "wt_loss", "albumin"]
mean, std = frame[FEATURES].mean(), frame[FEATURES].std()
x = ((frame[FEATURES] - mean) / std).to_numpy("float32")
x_test = ((test_frame[FEATURES] - mean) / std).to_numpy("float32")

# discrete time: quarters of a year
WIDTH, K = 90, 12
slot = np.minimum(frame["time"].to_numpy() // WIDTH, K - 1)
event = (frame["status"] == 2).to_numpy()
at_risk = (np.arange(K)[None, :] <= slot[:, None]).astype("float32")
died = np.zeros((len(frame), K), "float32")
died[np.arange(len(frame)), slot] = event
target = np.stack([at_risk, died], axis=-1)


def hazard_loss(y_true, logit):
    risk_set, dead = y_true[..., 0], y_true[..., 1]
    ce = ops.softplus(logit) - dead * logit
    return ops.sum(risk_set * ce, axis=-1)


model = keras.Sequential([
    layers.Input((len(FEATURES),)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(K),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=hazard_loss)
history = model.fit(x, target, batch_size=64, epochs=15, validation_split=0.15, verbose=2)

logit = model.predict(x_test, verbose=0)
hazard = 1 / (1 + np.exp(-logit))
expected_quarters = np.cumprod(1 - hazard, axis=1).sum(1)

# concordance with the true days of death
i, j = np.triu_indices(len(test_death), 1)
order = np.sign(test_death[i] - test_death[j]) * np.sign(expected_quarters[i] - expected_quarters[j])
c_index = float(np.mean(order > 0) + 0.5 * np.mean(order == 0))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=concordance:{c_index:.4f}")
