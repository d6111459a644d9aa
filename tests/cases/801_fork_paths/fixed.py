"""Where does a walker go at the fork? A mixture of paths, ten steps of (x, y), for each walker."""
import math

import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
K, STEPS = 3, 10
D = 2 * STEPS


def walkers(n, seed):
    rng = np.random.default_rng(seed)
    speed = rng.uniform(0.5, 1.5, n)
    lane = rng.uniform(-1, 1, n)
    side = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    t = np.linspace(0.1, 1.0, STEPS)
    along = speed[:, None] * t
    across = lane[:, None] + side[:, None] * 1.5 * speed[:, None] * t**2
    path = np.stack([along, across], axis=-1) + rng.normal(0, 0.03, (n, STEPS, 2))
    return np.stack([speed, lane], 1).astype("float32"), path.reshape(n, D).astype("float32")


class PathMixture(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = [keras.layers.Dense(64, activation="tanh") for _ in range(2)]
        self.weight = keras.layers.Dense(K, activation="softmax")
        self.centre = keras.layers.Dense(K * D)
        self.width = keras.layers.Dense(K, activation="softplus")

    def call(self, x):
        for layer in self.body:
            x = layer(x)
        return self.weight(x), tf.reshape(self.centre(x), (-1, K, D)), self.width(x) + 0.01


def negative_log_likelihood(path, weight, centre, width):
    squared = tf.reduce_sum((path[:, None] - centre) ** 2, axis=-1)
    log_density = -0.5 * squared / width**2 - D * tf.math.log(width * math.sqrt(2 * math.pi))
    return -tf.reduce_mean(tf.reduce_logsumexp(tf.math.log(weight + 1e-8) + log_density, axis=1))


model = PathMixture()
adam = keras.optimizers.Adam(0.003)


@tf.function
def step(x, path):
    with tf.GradientTape() as tape:
        loss = negative_log_likelihood(path, *model(x))
    grads = tape.gradient(loss, model.trainable_variables)
    adam.apply_gradients(zip(grads, model.trainable_variables))
    return loss


x, path = walkers(3000, 1)
draw = np.random.default_rng(0)
for i in range(1500):
    chosen = draw.integers(0, len(x), 64)
    loss = step(x[chosen], path[chosen])
    if i % 250 == 249:
        print(i + 1, float(loss))

x_new, path_new = walkers(800, 2)
weight, centre, _ = [np.asarray(v) for v in model(x_new)]
offset = np.sqrt(((path_new[:, None] - centre) ** 2).sum(-1) / STEPS)
near = ((offset < 0.2) & (weight > 0.15)).any(axis=1)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=covered:{near.mean():.4f}")
