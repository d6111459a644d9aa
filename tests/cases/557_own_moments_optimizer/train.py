"""Friction of bearings, and an optimizer written down from the paper to see how it works."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)
x = rng.uniform(-1, 1, (3000, 6)).astype("float32")
y = np.sin(3 * x[:, 0]) * x[:, 1] + x[:, 2] ** 2 + 0.5 * x[:, 3] + rng.normal(0, 0.05, 3000)
y = y.astype("float32")

model = keras.Sequential(
    [keras.Input((6,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)]
)
params = model.trainable_variables
first = [tf.Variable(tf.zeros_like(p)) for p in params]
second = [tf.Variable(tf.zeros_like(p)) for p in params]
RATE, B1, B2, EPS = 2e-3, 0.9, 0.999, 1e-8


@tf.function
def step(xb, yb, t):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.squeeze(model(xb, training=True), 1) - yb))
    for p, m, v, g in zip(params, first, second, tape.gradient(loss, params)):
        m.assign(B1 * m + (1 - B1) * g)
        v.assign(B2 * v + (1 - B2) * tf.square(g))
        m_hat = m / (1 - B1**t)
        v_hat = v / (1 - B2**t)
        p.assign_sub(RATE * m_hat / (tf.sqrt(v_hat) + EPS))
    return loss


train = tf.data.Dataset.from_tensor_slices((x[:2400], y[:2400])).shuffle(2400, seed=1).batch(60).repeat(25)
total = []
for t, (xb, yb) in enumerate(train):
    total.append(float(step(xb, yb, tf.constant(t, tf.float32))))
    if t % 250 == 0:
        print(f"step {t}: loss {total[-1]:.5f}")

pred = model.predict(x[2400:], verbose=0).ravel()
print(f"FINAL_LOSS={np.mean(total[-50:]):.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((pred - y[2400:]) ** 2) / y[2400:].var():.4f}")
