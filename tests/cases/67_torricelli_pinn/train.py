"""Physics-informed network for a tank that drains: dh/dt = -k sqrt(h), h(0) = 1, empty at t = 2/k."""

import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
K, T_END = 0.9, 3.2

net = keras.Sequential(
    [
        keras.layers.Input((1,)),
        keras.layers.Dense(24, activation="tanh"),
        keras.layers.Dense(24, activation="tanh"),
        keras.layers.Dense(1),
    ],
    name="level",
)
optimizer = keras.optimizers.Adam(learning_rate=5e-3)
t_zero = tf.zeros((1, 1))


def residual(t):
    with tf.GradientTape() as inner:
        inner.watch(t)
        h = net(t)
    dh_dt = inner.gradient(h, t)
    return dh_dt + K * tf.pow(h, 0.5)


@tf.function
def update(t):
    with tf.GradientTape() as tape:
        physics = tf.reduce_mean(tf.square(residual(t)))
        start = tf.reduce_mean(tf.square(net(t_zero) - 1.0))
        loss = physics + 10.0 * start
    grads = tape.gradient(loss, net.trainable_weights)
    optimizer.apply_gradients(zip(grads, net.trainable_weights))
    return loss


rng = np.random.default_rng(1)
for it in range(1, 2501):
    points = tf.constant(rng.uniform(0.0, T_END, size=(64, 1)), tf.float32)
    loss = update(points)
    if it % 500 == 0:
        print("iteration %d  loss: %.3e" % (it, float(loss)))

grid = np.linspace(0, T_END, 200, dtype="float32")[:, None]
exact = np.square(np.maximum(0.0, 1.0 - 0.5 * K * grid))
error = net(grid).numpy() - exact
print("FINAL_LOSS=%g" % float(loss))
print("FINAL_METRIC=r2:%.4f" % (1 - np.mean(error**2) / np.var(exact)))
