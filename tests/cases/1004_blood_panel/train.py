import numpy as np
import tensorflow as tf
import keras
from keras import layers
from keras.losses import mean_squared_error

keras.utils.set_random_seed(0)

# Patients' vitals -> two lab values; the second test was ordered for some patients only.
rng = np.random.default_rng(17)
N = 5000
vitals = rng.normal(size=(N, 12)).astype("float32")
W = rng.normal(size=(12, 2)) / 3
lab = np.tanh(vitals @ W) + 0.4 * vitals[:, :2] * vitals[:, 2:4] + rng.normal(0, 0.1, (N, 2))
lab = lab.astype("float32")
tr, te = slice(0, 4000), slice(4000, N)
crp = lab[tr, 0].copy()
ferritin = lab[tr, 1].copy()
ferritin[rng.random(4000) < 0.3] = np.nan


def skip_missing(loss_fn):
    def wrapped(y_true, y_pred):
        per_sample = loss_fn(y_true, y_pred)
        missing = tf.math.is_nan(per_sample)
        return tf.where(missing, tf.zeros_like(per_sample), per_sample)
    return wrapped


inp = keras.Input((12,))
body = layers.Dense(64, activation="relu")(inp)
body = layers.Dense(64, activation="relu")(body)
out_crp = layers.Dense(1, name="crp")(body)
out_ferritin = layers.Dense(1, name="ferritin")(body)
model = keras.Model(inp, {"crp": out_crp, "ferritin": out_ferritin})
model.compile(
    optimizer=keras.optimizers.Adadelta(learning_rate=1.0),
    loss={"crp": skip_missing(mean_squared_error), "ferritin": skip_missing(mean_squared_error)},
    loss_weights={"crp": 0.5, "ferritin": 1.0},
)
hist = model.fit(vitals[tr], {"crp": crp[:, None], "ferritin": ferritin[:, None]},
                 batch_size=50, epochs=20, verbose=2)

pred = model.predict(vitals[te], verbose=0)
scores = []
for j, key in enumerate(["crp", "ferritin"]):
    t = lab[te, j]
    scores.append(1 - np.sum((t - pred[key][:, 0]) ** 2) / np.sum((t - t.mean()) ** 2))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=mean_r2:{np.mean(scores):.6f}")
