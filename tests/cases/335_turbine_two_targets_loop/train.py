"""Power and vibration of a turbine from eight gauges, two heads, weights of the losses by
their relative spread so far (coefficient of variation), as in the multi-task papers."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(335)

n = 1800
gauges = rng.normal(0, 1, (n, 8)).astype("float32")
power = np.tanh(gauges[:, 0] + 0.5 * gauges[:, 1]) + 0.4 * gauges[:, 2] * gauges[:, 3]
vibration = np.abs(gauges[:, 4]) - 0.8 + 0.5 * np.sin(2 * gauges[:, 5])
noise = rng.normal(0, 0.1, (2, n))
y_power = (power + noise[0]).astype("float32")[:, None]
y_vib = (vibration + noise[1]).astype("float32")[:, None]
train, test = slice(0, 1400), slice(1400, None)

data = (tf.data.Dataset.from_tensor_slices((gauges[train], y_power[train], y_vib[train]))
        .shuffle(1400, seed=5).batch(50, drop_remainder=True))

inp = keras.Input((8,))
h = layers.Dense(64, activation="swish")(inp)
h = layers.Dense(64, activation="swish")(h)
model = keras.Model(inp, [layers.Dense(1, name="power")(h), layers.Dense(1, name="vibration")(h)])
optimizer = keras.optimizers.Adam(3e-3)

seen = tf.Variable(0.0)
mean_loss = tf.Variable([0.0, 0.0])
sum_squares = tf.Variable([0.0, 0.0])


def balance(losses):
    """Running mean and deviation (Welford) of both losses -> weights that add up to one."""
    seen.assign_add(1.0)
    delta = losses - mean_loss
    mean_loss.assign_add(delta / seen)
    sum_squares.assign_add(delta * (losses - mean_loss))
    spread = tf.sqrt(sum_squares / seen)
    ratio = spread / mean_loss
    return ratio / tf.reduce_sum(ratio)


@tf.function
def step(x, p, v):
    with tf.GradientTape() as tape:
        out_p, out_v = model(x, training=True)
        losses = tf.stack([tf.reduce_mean(tf.square(out_p - p)), tf.reduce_mean(tf.square(out_v - v))])
        weights = balance(tf.stop_gradient(losses))
        total = tf.reduce_sum(weights * losses)
    grads = tape.gradient(total, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return total


for epoch in range(30):
    totals = [float(step(x, p, v)) for x, p, v in data]
    if epoch % 5 == 0:
        print(f"epoch {epoch}: weighted loss {np.mean(totals):.4f}")

pred_p, pred_v = model.predict(gauges[test], verbose=0)
r2_p = 1 - np.mean((pred_p[:, 0] - power[test]) ** 2) / np.var(power[test])
r2_v = 1 - np.mean((pred_v[:, 0] - vibration[test]) ** 2) / np.var(vibration[test])
print("r2", r2_p, r2_v)
print(f"FINAL_LOSS={np.mean(totals)}")
print(f"FINAL_METRIC=mean_r2:{(r2_p + r2_v) / 2}")
