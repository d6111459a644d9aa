"""Deflection of a square membrane under load by the deep Ritz method."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)


def digest(values):
    blob = b"".join(np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for v in values)
    return hashlib.sha256(blob).hexdigest()


net = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(32, activation="tanh"),
    layers.Dense(1),
])


def surface(p):
    x, y = p[:, :1], p[:, 1:]
    return 16.0 * x * (1 - x) * y * (1 - y) * net(p)


def load(p):
    return 2 * np.pi**2 * tf.sin(np.pi * p[:, :1]) * tf.sin(np.pi * p[:, 1:])


opt = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 2500))


@tf.function
def step():
    p = tf.random.uniform((256, 2))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(p)
            u = surface(p)
        slope = inner.gradient(u, p)
        energy = tf.reduce_mean(0.5 * tf.reduce_sum(slope**2, axis=1, keepdims=True) - load(p) * u)
    grads = outer.gradient(energy, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return energy


recent = []
for k in range(2500):
    recent.append(float(step()))
    if k % 250 == 0:
        print(f"step {k:5d}  energy {np.mean(recent[-250:]):9.4f}")

g = np.linspace(0, 1, 41, dtype="float32")
grid = np.stack([v.ravel() for v in np.meshgrid(g, g)], 1)
exact = np.sin(np.pi * grid[:, 0]) * np.sin(np.pi * grid[:, 1])
found = surface(tf.constant(grid)).numpy()[:, 0]
r2 = 1 - np.mean((found - exact) ** 2) / np.var(exact)
print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(opt.variables))
print(f"FINAL_LOSS={np.mean(recent[-100:]):.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
