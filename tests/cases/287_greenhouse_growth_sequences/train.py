import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

N, STEPS = 900, 36


def simulate(n):
    """Readings every 40 minutes for one day: co2 [ppm], light [lux], humidity [%], air [C]."""
    t = np.linspace(0, 1, STEPS)
    day = np.clip(np.sin(np.pi * (t - 0.2) / 0.65), 0, None)[None]
    sun = rng.uniform(8e3, 7e4, (n, 1))
    lux = sun * day * rng.uniform(0.7, 1.0, (n, STEPS)) + 150
    co2 = rng.uniform(420, 1300, (n, 1)) + rng.normal(0, 25, (n, STEPS)) - 120 * day
    hum = rng.uniform(45, 90, (n, 1)) + rng.normal(0, 2, (n, STEPS))
    air = rng.uniform(14, 27, (n, 1)) + 5 * day + rng.normal(0, 0.4, (n, STEPS))
    uptake = lux / (lux + 2.5e4) * (co2 / (co2 + 500)) * np.exp(-((air - 24) / 7) ** 2)
    growth = 14 * uptake.mean(axis=1) * (1 - 0.006 * np.abs(hum.mean(axis=1) - 68))
    growth += rng.normal(0, 0.06, n)
    series = np.stack([co2, lux, hum, air], axis=-1)
    return series.astype("float32"), growth[:, None].astype("float32")


x_train, y_train = simulate(N)
x_test, y_test = simulate(300)
print("growth mm/day: mean %.2f, spread %.2f" % (y_train.mean(), y_train.std()))

features = tf.constant(x_train)
growth = tf.constant(y_train)

net = keras.Sequential([
    keras.Input((STEPS, 4)),
    layers.LSTM(24),
    layers.Dense(1),
])
opt = keras.optimizers.Adam(5e-3)
mse = keras.losses.MeanSquaredError()


@tf.function
def step():
    rows = tf.random.uniform((64,), 0, N, dtype=tf.int32)
    with tf.GradientTape() as tape:
        out = net(tf.gather(features, rows), training=True)
        loss = mse(tf.gather(growth, rows), out)
    opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return loss


losses = []
for i in range(500):
    losses.append(float(step()))
    if i % 100 == 99:
        print("step %d  loss %.4f" % (i + 1, np.mean(losses[-50:])))

pred = net.predict(x_test, verbose=0)
r2 = 1 - np.mean((pred - y_test) ** 2) / y_test.var()
print("FINAL_LOSS=%f" % np.mean(losses[-50:]))
print("FINAL_METRIC=r2:%.4f" % r2)
