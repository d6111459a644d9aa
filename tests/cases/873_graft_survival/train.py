"""Risk score for the loss of a kidney graft: a small net under the partial likelihood of Cox."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)

n = 3000
df = pd.DataFrame({
    "age": rng.normal(52, 13, n),
    "donor_age": rng.normal(48, 15, n),
    "hours_cold": rng.gamma(6, 2.5, n),
    "mismatches": rng.integers(0, 7, n),
    "creatinine": rng.lognormal(0.3, 0.3, n),
})
risk = (0.03 * (df.donor_age - 48) + 0.06 * (df.hours_cold - 15) + 0.3 * (df.mismatches - 3)
        + 1.2 * (df.creatinine - 1.4) + 0.0008 * (df.age - 52) ** 2)
lifetime = rng.exponential(9 * np.exp(-risk))
observed_until = rng.uniform(1, 14, n)
df["years"] = np.minimum(lifetime, observed_until)
df["lost"] = (lifetime <= observed_until).astype(int)

train, test = train_test_split(df, test_size=0.25, random_state=0)
columns = ["age", "donor_age", "hours_cold", "mismatches", "creatinine"]
scaler_x, scaler_t, scaler_e = StandardScaler(), StandardScaler(), StandardScaler()
x_train = scaler_x.fit_transform(train[columns])
t_train = scaler_t.fit_transform(train[["years"]])[:, 0]
e_train = scaler_e.fit_transform(train[["lost"]])[:, 0]
x_test = scaler_x.transform(test[columns])


def cox_loss(times_and_events, score):
    order = tf.argsort(times_and_events[:, 0], direction="DESCENDING")
    event = tf.gather(times_and_events[:, 1], order)
    score = tf.gather(score[:, 0], order)
    at_risk = tf.math.log(tf.cumsum(tf.exp(score)))
    return -tf.reduce_sum((score - at_risk) * event) / tf.reduce_sum(event)


model = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=cox_loss)
target = np.stack([t_train, e_train], axis=1).astype("float32")
history = model.fit(x_train.astype("float32"), target, batch_size=128, epochs=45, verbose=0)
print("loss", [round(v, 3) for v in history.history["loss"][::10]])

score = model.predict(x_test.astype("float32"), verbose=0)[:, 0]
years, lost = test.years.to_numpy(), test.lost.to_numpy()
comparable = (years[:, None] < years[None]) & (lost[:, None] == 1)
right = (score[:, None] > score[None]) + 0.5 * (score[:, None] == score[None])
concordance = float(right[comparable].mean())
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=concordance:{concordance:.4f}")
