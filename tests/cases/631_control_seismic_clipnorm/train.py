"""Arrival of a quake in a noisy trace, own loop with four traces a step and a very small clip norm."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(631)
LENGTH = 160


def trace():
    onset = rng.integers(25, 135)
    t = np.arange(LENGTH) - onset
    size = rng.lognormal(1.1, 0.7)
    quake = size * np.exp(-np.maximum(t, 0) / 25.0) * np.sin(t * rng.uniform(0.7, 1.1)) * (t >= 0)
    s = quake + rng.normal(size=LENGTH)
    return s / np.abs(s).max(), onset


data = [trace() for _ in range(1300)]
x = np.stack([d[0] for d in data])[..., None].astype("float32")
onset = np.array([d[1] for d in data])
x_test, onset_test = x[1000:], onset[1000:]

model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    layers.Conv1D(12, 9, padding="same", activation="relu"),
    layers.Conv1D(16, 9, padding="same", dilation_rate=2, activation="relu"),
    layers.Conv1D(16, 9, padding="same", dilation_rate=4, activation="relu"),
    layers.Conv1D(1, 1),
    layers.Flatten(),
])
optimizer = keras.optimizers.Adam(1e-3, clipnorm=0.001)


@tf.function
def step(traces, arrivals):
    with tf.GradientTape() as tape:
        logits = model(traces, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(arrivals, logits))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


losses = []
for epoch in range(8):
    order = rng.permutation(1000)
    for i in range(0, 1000, 4):
        pick = order[i:i + 4]
        losses.append(float(step(tf.constant(x[pick]), tf.constant(onset[pick], tf.int32))))
    last = np.array(losses[-250:])
    print(f"epoch {epoch + 1} loss {last.mean():.4f} lowest {last.min():.4f} highest {last.max():.4f}")

guess = model.predict(x_test, verbose=0).argmax(axis=1)
near = np.mean(np.abs(guess - onset_test) <= 4)

def fingerprint(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + fingerprint(model.get_weights()))
print("OPTIMIZER_SHA256=" + fingerprint(optimizer.variables))
print(f"FINAL_LOSS={np.mean(losses[-250:])}")
print(f"FINAL_METRIC=within_4_samples:{near:.4f}")
