"""Poisson regression of hourly bike rentals on weather and calendar."""
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

n = 4000
hour = rng.integers(0, 24, n)
temp = rng.normal(15, 8, n)
rain = rng.exponential(0.5, n) * (rng.random(n) < 0.3)
weekend = (rng.random(n) < 2 / 7).astype(float)
log_rate = (1.2 + 0.9 * np.sin((hour - 9) * np.pi / 12) + 0.04 * (temp - 15)
            - 0.8 * rain + 0.3 * weekend * np.cos((hour - 14) * np.pi / 12))
rentals = rng.poisson(np.exp(log_rate)).astype("float32")

features = np.stack([np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12),
                     (temp - 15) / 8, rain, weekend], axis=1).astype("float32")
train, test = slice(0, 3200), slice(3200, None)

batches = (tf.data.Dataset.from_tensor_slices((features[train], rentals[train]))
           .shuffle(3200, seed=0).batch(64, drop_remainder=True))

net = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(5e-3)


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        eta = net(x, training=True)
        nll = tf.exp(eta) - y * eta
        loss = tf.reduce_mean(nll)
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for epoch in range(25):
    losses = [float(step(x, y)) for x, y in batches]
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d}  loss {np.mean(losses):.4f}")

eta_test = net(features[test]).numpy()[:, 0]
truth = log_rate[test]
r2 = 1 - np.sum((eta_test - truth) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=r2_log_rate:{r2:.4f}")
