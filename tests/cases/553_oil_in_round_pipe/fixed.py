"""Velocity of oil in a round pipe: a net that obeys u'' + u'/r = -g(r), no slip at the wall."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

radius = tf.constant(np.linspace(0.0, 1.0, 81)[:, None], tf.float32)
wall = tf.constant([[1.0]])
push = 4.0 + 9.0 * radius

net = keras.Sequential(
    [keras.Input((1,)), layers.Dense(32, activation="tanh"), layers.Dense(32, activation="tanh"), layers.Dense(1)]
)
adam = keras.optimizers.Adam(3e-3)


def residual(r):
    with tf.GradientTape() as outer:
        outer.watch(r)
        with tf.GradientTape() as inner:
            inner.watch(r)
            u = net(r)
        du = inner.gradient(u, r)
    ddu = outer.gradient(du, r)
    return r * ddu + du + r * push


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(residual(radius))) + 10.0 * tf.reduce_mean(tf.square(net(wall)))
    grads = tape.gradient(loss, net.trainable_variables)
    adam.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for it in range(2000):
    loss = step()
    if it % 500 == 0:
        print(f"iteration {it}: loss {float(loss):.5g}")

r = radius.numpy().ravel()
exact = 1 - r**2 + 1 - r**3
u = net.predict(radius, verbose=0).ravel()
print(f"FINAL_LOSS={float(loss):.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((u - exact) ** 2) / exact.var():.4f}")
