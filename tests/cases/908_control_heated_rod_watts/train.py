import hashlib

import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

# Steady heat in a rod of steel, everything in SI units: k T'' + q(x) = 0,
# both ends at 293 K, the current heats the rod unevenly.
K, L = 16.0, 0.12
T_END = 293.0
Q0 = 4.0e5


def source(x):
    return Q0 * (1.0 + 0.8 * tf.sin(3.0 * np.pi * x / L))


def exact(x):
    even = Q0 / (2 * K) * x * (L - x)
    wavy = 0.8 * Q0 / K * (L / (3 * np.pi)) ** 2 * np.sin(3 * np.pi * x / L)
    return T_END + even + wavy


net = keras.Sequential([
    keras.layers.Input((1,)),
    keras.layers.Rescaling(2.0 / L, offset=-1.0),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(1),
])


def temperature(x):
    # holds the ends; the net gives the shape, 100 K is the order of the rise
    return T_END + 100.0 * 4.0 * x * (L - x) / L ** 2 * net(x)


opt = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, 3000, alpha=0.01))


@tf.function
def step():
    x = tf.random.uniform((200, 1), 0.0, L)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as second:
            second.watch(x)
            with tf.GradientTape() as first:
                first.watch(x)
                t = temperature(x)
            slope = first.gradient(t, x)
        bend = second.gradient(slope, x)
        loss = tf.reduce_mean(tf.square(K * bend + source(x)))
    grads = outer.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for it in range(3001):
    loss = step()
    if it % 500 == 0:
        print(f"iteration {it:5d}  loss {float(loss):.4e}")

x = np.linspace(0, L, 400, dtype="float32")[:, None]
t_hat, t_true = temperature(x).numpy(), exact(x)
r2 = 1 - np.sum((t_hat - t_true) ** 2) / np.sum((t_true - t_true.mean()) ** 2)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(net.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt.variables]))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=r2:{r2:.5f}")
