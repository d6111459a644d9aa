"""Kind of a partial discharge from its current pulse: a deep stack of narrow convolutions over the waveform."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
KINDS, LENGTH = 5, 64


def pulses(n, seed):
    r = np.random.default_rng(seed)
    kind = r.integers(KINDS, size=n)
    t = np.arange(LENGTH)
    wave = np.empty((n, LENGTH))
    for i, k in enumerate(kind):
        s = np.maximum(t - r.integers(4, 24), 0)
        fall, beat = (6, 6, 14, 14, 25)[k], (0.0, 0.9, 0.0, 0.5, 0.25)[k]
        wave[i] = r.uniform(0.8, 1.2) * (s > 0) * np.exp(-s / fall) * np.cos(beat * s)
    return (wave + r.normal(0, 0.05, wave.shape)).astype("float32")[..., None], kind


class Stage(keras.layers.Layer):
    def __init__(self, filters, stride=1):
        super().__init__()
        self.conv = keras.layers.Conv1D(filters, 5, strides=stride, padding="same", activation="sigmoid")

    def call(self, x):
        return self.conv(x)


class PulseNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.stages = [Stage(12, stride=2 if n in (2, 5, 8) else 1) for n in range(10)]
        self.flat = keras.layers.Flatten()
        self.kind = keras.layers.Dense(KINDS)

    def call(self, x):
        for stage in self.stages:
            x = stage(x)
        return self.kind(self.flat(x))


x, y = pulses(3000, 1)
x_new, y_new = pulses(800, 2)
flow = tf.data.Dataset.from_tensor_slices((x, y)).cache().shuffle(3000, seed=4).batch(40).prefetch(2)
pulse_net = PulseNet()
pulse_net.compile(
    keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
history = pulse_net.fit(flow, epochs=5, verbose=2).history

hit = pulse_net.predict(x_new, verbose=0).argmax(1) == y_new
print(f"FINAL_LOSS={history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{hit.mean():.4f}")
