"""Noise is carried to eight moorings by a learned velocity field (straight paths between pairs)."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)


angles = np.arange(8) * np.pi / 4
moorings = 3.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def buoys(n):
    return (moorings[rng.integers(0, 8, n)] + rng.normal(0, 0.15, (n, 2))).astype("float32")


field = keras.Sequential(
    [
        keras.Input((3,)),
        layers.Dense(96, activation="silu"),
        layers.Dense(96, activation="silu"),
        layers.Dense(96, activation="silu"),
        layers.Dense(2),
    ]
)
adam = keras.optimizers.Adam(2e-3)


@tf.function
def step(start, end, time):
    here = (1.0 - time) * start + time * end
    with tf.GradientTape() as tape:
        velocity = field(tf.concat([here, time], axis=1), training=True)
        loss = tf.reduce_mean(tf.reduce_sum(tf.square(velocity - (end - start)), axis=1))
    grads = tape.gradient(loss, field.trainable_variables)
    adam.apply_gradients(zip(grads, field.trainable_variables))
    return loss


recent = []
for it in range(1800):
    loss = step(
        rng.normal(size=(256, 2)).astype("float32"), buoys(256), rng.uniform(size=(256, 1)).astype("float32")
    )
    recent.append(float(loss))
    if it % 300 == 0:
        print(f"iteration {it}: loss {recent[-1]:.4f}")

at = tf.constant(rng.normal(size=(2000, 2)).astype("float32"))
for k in range(40):
    at += field(tf.concat([at, tf.fill([2000, 1], k / 40.0)], axis=1)) / 40.0
away = np.linalg.norm(at.numpy()[:, None] - moorings[None], axis=2).min(axis=1)
print(f"FINAL_LOSS={np.mean(recent[-100:]):.6g}")
print(f"FINAL_METRIC=moored:{np.mean(away < 0.6):.4f}")
