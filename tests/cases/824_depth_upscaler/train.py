"""Doubles the resolution of depth maps from a cheap range camera."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
SIDE = 24


def scenes(n, seed):
    r = np.random.default_rng(seed)
    maps = np.ones((n, SIDE, SIDE, 1), np.float32)
    for m in maps:
        for _ in range(4):  # boxes in front of the wall
            top, left = r.integers(0, SIDE - 5, 2)
            h, w = r.integers(4, 12, 2)
            m[top:top + h, left:left + w] = r.uniform(0.2, 0.9)
    coarse = maps.reshape(n, SIDE // 2, 2, SIDE // 2, 2, 1).mean(axis=(2, 4))
    return coarse, maps


class Upscaler(keras.Model):
    def __init__(self):
        super().__init__()
        self.grow = layers.UpSampling2D(2)
        self.body = keras.Sequential(
            [
                layers.Conv2D(24, 5, padding="same", activation="relu"),
                layers.Conv2D(24, 3, padding="same", activation="relu"),
                layers.Conv2D(24, 3, padding="same", activation="relu"),
                layers.Conv2D(4, 3, padding="same", kernel_initializer="zeros"),
            ]
        )

    def call(self, coarse):
        detail = tf.nn.depth_to_space(self.body(coarse), 2)
        return self.grow(coarse) + detail


def smoothness(img):
    dy = img[:, 1:, :-1] - img[:, :-1, :-1]
    dx = img[:, :-1, 1:] - img[:, :-1, :-1]
    return tf.reduce_mean(tf.sqrt(tf.square(dx) + tf.square(dy)))


net = Upscaler()
adam = keras.optimizers.Adam(3e-3)


@tf.function
def learn(coarse, fine):
    with tf.GradientTape() as tape:
        guess = net(coarse)
        cost = tf.reduce_mean(tf.square(guess - fine)) + 0.0005 * smoothness(guess)
    adam.apply_gradients(zip(tape.gradient(cost, net.trainable_variables), net.trainable_variables))
    return cost


coarse, fine = scenes(800, seed=1)
feed = tf.data.Dataset.from_tensor_slices((coarse, fine)).shuffle(800, seed=3).batch(32)
for epoch in range(16):
    cost = np.mean([learn(a, b).numpy() for a, b in feed])
    print(f"epoch {epoch}: {cost:.6f}")

coarse_t, fine_t = scenes(200, seed=2)
mse = np.mean((net(coarse_t).numpy() - fine_t) ** 2)
plain = np.mean((coarse_t.repeat(2, axis=1).repeat(2, axis=2) - fine_t) ** 2)
print(f"FINAL_LOSS={cost}")
print(f"FINAL_METRIC=skill_over_nearest:{1 - mse / plain:.4f}")
