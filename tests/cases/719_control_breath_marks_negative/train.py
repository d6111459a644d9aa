import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
LENGTH = 256


def belt_traces(n, seed):
    """Belt around the chest; the mask marks the breaths that were held."""
    r = np.random.default_rng(seed)
    t = np.arange(LENGTH)
    x = np.empty((n, LENGTH, 1), "float32")
    m = np.zeros((n, LENGTH, 1), "float32")
    for i in range(n):
        speed = r.uniform(0.20, 0.32)
        phase = speed * t + r.uniform(0, 6.28)
        start, width = r.integers(20, 170), r.integers(30, 60)
        phase[start:start + width] = phase[start]
        phase[start + width:] -= phase[start + width] - phase[start]
        m[i, start:start + width, 0] = 1
        x[i, :, 0] = np.sin(phase) + 0.2 * np.sin(0.02 * t) + r.normal(0, 0.2, LENGTH)
    return x, m


def negative_dice(y_true, y_pred):
    both = tf.reduce_sum(y_true * y_pred, axis=[1, 2])
    each = tf.reduce_sum(y_true + y_pred, axis=[1, 2])
    return -(2 * both + 1) / (each + 1)


x, m = belt_traces(600, 5)
x_new, m_new = belt_traces(150, 6)

inp = keras.Input((LENGTH, 1))
h = inp
for rate in (1, 2, 4, 8):
    h = layers.Conv1D(16, 5, padding="same", dilation_rate=rate, activation="relu")(h)
out = layers.Conv1D(1, 1, activation="sigmoid")(h)
net = keras.Model(inp, out)
net.compile(keras.optimizers.Adam(3e-3), loss=negative_dice)
hist = net.fit(x, m, batch_size=20, epochs=10, verbose=2)

p = net.predict(x_new, verbose=0) > 0.5
t = m_new > 0.5
iou = np.mean((p & t).sum((1, 2)) / (p | t).sum((1, 2)))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou}")
