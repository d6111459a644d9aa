"""Tide gauge residuals: predict the mean and the spread together (two heads)."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

N = 5000
wind = rng.uniform(-1, 1, N)
pressure = rng.uniform(-1, 1, N)
phase = rng.uniform(0, 2 * np.pi, N)
level = 0.06 * np.sin(phase) + 0.05 * wind * np.abs(wind) - 0.04 * pressure     # metres
sigma = 0.004 + 0.02 * np.clip(wind, 0, None)
y = (level + sigma * rng.normal(size=N)).astype("float32")[:, None]
x = np.stack([wind, pressure, np.sin(phase), np.cos(phase)], 1).astype("float32")
x_tr, y_tr, x_te, y_te = x[:4000], y[:4000], x[4000:], y[4000:]

inp = keras.Input((4,))
h = keras.layers.Dense(48, activation="swish")(inp)
h = keras.layers.Dense(48, activation="swish")(h)
mu_out = keras.layers.Dense(1)(h)
logs_out = keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(-3.0))(h)
net = keras.Model(inp, [mu_out, logs_out])

steps = 40 * 63
opt = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, steps), clipnorm=5.0)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        mu, logs = net(xb, training=True)
        logs = tf.clip_by_value(logs, -7.0, 2.0)
        nll = tf.reduce_mean(logs + 0.5 * tf.square((yb - mu) * tf.exp(-logs)))
    opt.apply_gradients(zip(tape.gradient(nll, net.trainable_variables), net.trainable_variables))
    return nll


data = tf.data.Dataset.from_tensor_slices((x_tr, y_tr)).shuffle(4000, seed=5).batch(64)
for epoch in range(40):
    cur = np.mean([float(step(a, b)) for a, b in data])
    if epoch % 10 == 9:
        print("epoch", epoch + 1, "nll", cur)

mu, _ = net(x_te, training=False)
r2 = 1 - np.sum((mu.numpy() - y_te) ** 2) / np.sum((y_te - y_te.mean()) ** 2)
print(f"FINAL_LOSS={cur}")
print(f"FINAL_METRIC=r2:{r2}")
