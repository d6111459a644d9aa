import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

LOAD = 1.0
SPAN = 6000.0

net = keras.Sequential([
    keras.Input((1,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(32, activation="tanh"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(5e-3)
inside = tf.reshape(tf.linspace(0.0, SPAN, 101), (-1, 1))
supports = tf.constant([[0.0], [SPAN]])


@tf.function
def train_step():
    with tf.GradientTape() as tape:
        with tf.GradientTape() as outer:
            outer.watch(inside)
            with tf.GradientTape() as inner:
                inner.watch(inside)
                moment = net(inside)
            shear = inner.gradient(moment, inside)
        curvature = outer.gradient(shear, inside)
        residual = tf.reduce_mean(tf.square(curvature + LOAD))
        boundary = tf.reduce_mean(tf.square(net(supports)))
        loss = residual + boundary
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for step in range(3000):
    loss = float(train_step())
    if step % 250 == 249:
        print(f"step {step + 1}: loss {loss:.6f}")

x = np.linspace(0, SPAN, 400, dtype="float32")[:, None]
exact = LOAD * x * (SPAN - x) / 2
error = np.sqrt(np.mean((net(x).numpy() - exact) ** 2) / np.mean(exact ** 2))
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=relative_error:{error}")
