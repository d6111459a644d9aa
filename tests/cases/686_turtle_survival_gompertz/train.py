"""Survival of tagged turtles: Gompertz hazard with a network for its two parameters."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

n = 3000
table = pd.DataFrame(rng.normal(0, 1, (n, 5)), columns=["length", "parasites", "fat", "salinity", "depth"])
log_a = -4.6 + 0.8 * table.parasites - 0.7 * table.fat + 0.5 * np.sin(2 * table.length)
rate_b = 0.12
years = np.log1p(-np.log(rng.random(n)) * rate_b / np.exp(log_a)) / rate_b
watched = rng.uniform(3, 40, n)
table["days"] = np.minimum(years, watched) * 365.25
table["died"] = (years <= watched).astype("float32")
median_years = np.log1p(np.log(2) * rate_b / np.exp(log_a)) / rate_b

x = table.iloc[:, :5].to_numpy("float32")
t = table.days.to_numpy("float32")
d = table.died.to_numpy("float32")
tr, te = slice(0, 2400), slice(2400, None)

net = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(32, activation="tanh"),
    layers.Dense(2),
])
opt = keras.optimizers.Adam(5e-3)


def gompertz(out):
    return tf.exp(out[:, 0]), tf.nn.softplus(out[:, 1])


@tf.function
def step(xb, tb, db):
    with tf.GradientTape() as tape:
        a, b = gompertz(net(xb, training=True))
        log_hazard = tf.math.log(a) + b * tb
        cumulative = a / b * (tf.exp(b * tb) - 1.0)
        loss = tf.reduce_mean(cumulative - db * log_hazard)
    grads = tape.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x[tr], t[tr], d[tr])).shuffle(2400, seed=3).batch(100)
for epoch in range(40):
    losses = [float(step(*b)) for b in data]
    if epoch % 5 == 0:
        print("epoch", epoch, "loss", np.mean(losses))

a, b = [v.numpy() for v in gompertz(net(x[te]))]
median = np.log1p(np.log(2) * b / a) / b / t[tr].mean()
true = median_years[te].to_numpy() * 365.25 / table.days[tr].mean()
r2 = 1 - np.mean((median - true) ** 2) / np.var(true)
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=r2_median_age:{r2:.4f}")
