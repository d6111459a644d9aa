# Reptile on sine waves: learn a start from which a few steps on ten points fit a new wave.
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.asarray(a).tobytes())
    return h.hexdigest()


def wave():
    height, shift = rng.uniform(0.5, 4), rng.uniform(0, np.pi)
    return lambda x: (height * np.sin(x + shift)).astype("float32")


def points(f, n):
    x = rng.uniform(-5, 5, (n, 1)).astype("float32")
    return tf.constant(x), tf.constant(f(x))


model = keras.Sequential([
    keras.Input((1,)),
    layers.Dense(64, activation="tanh"),
    layers.Dense(64, activation="tanh"),
    layers.Dense(1),
])
inner = keras.optimizers.SGD(0.02)


@tf.function
def inner_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - y))
    grads = tape.gradient(loss, model.trainable_variables)
    inner.apply_gradients(zip(grads, model.trainable_variables))
    return loss


META, INNER = 900, 8
recent = []
for task in range(META):
    start = model.get_weights()
    x, y = points(wave(), 20)
    first = float(inner_step(x, y))      # loss before any step on this wave
    for _ in range(INNER - 1):
        inner_step(x, y)
    rate = 0.5 * (1 - task / META)
    model.set_weights([s + rate * (e - s) for s, e in zip(start, model.get_weights())])
    recent.append(first)
    if task % 180 == 179:
        print(f"{task + 1} waves: loss before adaptation {np.mean(recent[-180:]):.3f}")

start, left, plain = model.get_weights(), [], []
grid = np.linspace(-5, 5, 100, dtype="float32")[:, None]
for _ in range(30):
    f = wave()
    x, y = points(f, 15)
    for _ in range(32):
        inner_step(x, y)
    left.append(np.mean((model.predict_on_batch(grid) - f(grid)) ** 2))
    plain.append(np.mean(f(grid) ** 2))
    model.set_weights(start)
print(f"FINAL_LOSS={np.mean(recent[-180:])}")
print(f"FINAL_METRIC=r2_after_adaptation:{1 - np.mean(left) / np.mean(plain)}")
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in inner.variables])}")
