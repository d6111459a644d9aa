"""Time to relapse: a Cox network on age, blood pressure, creatinine and platelets, batch after batch."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(67)
n = 2400
age, pressure = rng.normal(61, 12, n), rng.normal(135, 20, n)
creatinine, platelets = rng.lognormal(0.1, 0.4, n), rng.normal(260_000, 80_000, n).clip(20_000)
hazard = 0.06 * (age - 61) + 1.2 * np.log(creatinine) - 0.6 * (platelets - 260_000) / 80_000 + 0.01 * (pressure - 135)
time = rng.exponential(np.exp(-hazard)) * 12
end = rng.uniform(6, 60, n)
event, time = (time <= end).astype("float32"), np.minimum(time, end).astype("float32")
x = np.stack([age, pressure, creatinine, platelets], axis=1)
x = ((x - x[:2000].mean(0)) / x[:2000].std(0)).astype("float32")


def cox_loss(event_sorted, risk):
    risk = tf.reshape(risk, [-1])
    event_sorted = tf.reshape(event_sorted, [-1])
    at_risk = tf.math.log(tf.cumsum(tf.exp(risk)))
    return -tf.reduce_sum((risk - at_risk) * event_sorted) / (tf.reduce_sum(event_sorted) + 1.0)


model = keras.Sequential([keras.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(1, use_bias=False)])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=cox_loss)
for epoch in range(20):
    order, losses = np.random.permutation(2000), []
    for start in range(0, 2000, 200):
        take = order[start : start + 200]
        take = take[np.argsort(-time[take])]
        losses.append(float(model.train_on_batch(x[take], event[take][:, None])))
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

risk, t, e = model.predict(x[2000:], verbose=0)[:, 0], time[2000:], event[2000:]
comparable = (t[:, None] < t[None, :]) & (e[:, None] > 0)
c_index = np.mean(0.5 + 0.5 * np.sign(risk[:, None] - risk[None, :])[comparable])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=c_index:{c_index:.4f}")
