"""Risk score for patients on dialysis from a registry: a network trained with the partial likelihood."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

n = 3000
table = pd.DataFrame({
    "age": rng.normal(64, 12, n).clip(20, 92),
    "albumin": rng.normal(3.7, 0.45, n),
    "phosphate": rng.normal(5.4, 1.4, n),
    "hours_week": rng.normal(12, 1.5, n),
    "diabetes": rng.integers(0, 2, n),
    "fistula": rng.integers(0, 2, n),
})
z = (table - table.mean()) / table.std()
risk = (0.8 * z.age - 0.9 * z.albumin + 0.35 * z.phosphate ** 2 - 0.3 * z.hours_week
        + 0.5 * table.diabetes * z.age - 0.5 * table.fistula)
months = rng.exponential(40 * np.exp(-risk))
leave = rng.uniform(6, 90, n)
table["months"] = np.minimum(months, leave)
table["died"] = (months <= leave).astype(int)

test = table.sample(frac=0.3, random_state=1)
train = table.drop(test.index).sort_values("months")
cols = ["age", "albumin", "phosphate", "hours_week", "diabetes", "fistula"]
mean, std = train[cols].mean(), train[cols].std()
x = ((train[cols] - mean) / std).to_numpy("float32")
x_test = ((test[cols] - mean) / std).to_numpy("float32")
died = tf.constant(train.died.to_numpy("float32"))

inp = layers.Input((len(cols),))
h = layers.Dense(32, activation="relu")(inp)
h = layers.Dense(16, activation="relu")(h)
model = keras.Model(inp, layers.Dense(1, use_bias=False)(h))
opt = keras.optimizers.Adam(2e-3)


@tf.function
def step(xb):
    with tf.GradientTape() as tape:
        eta = model(xb, training=True)[:, 0]
        log_at_risk = tf.math.cumulative_logsumexp(eta, reverse=True)
        loss = -tf.reduce_sum(died * (eta - log_at_risk)) / tf.reduce_sum(died)
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


def concordance(time, event, score):
    first = (time[:, None] < time[None, :]) & (event[:, None] == 1)
    good = (score[:, None] > score[None, :]) + 0.5 * (score[:, None] == score[None, :])
    return good[first].mean()


for epoch in range(400):
    loss = step(x)
    if epoch % 50 == 49:
        print(f"epoch {epoch + 1} loss {float(loss):.4f}")

score = model.predict(x_test, verbose=0)[:, 0]
c = concordance(test.months.to_numpy(), test.died.to_numpy(), score)
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=concordance:{c:.4f}")
