"""Radar over a weir: which of five flow states? Complex echoes of one burst, shorter bursts filled up
with zeros behind. A learnt complex filter, then strength and phase of its output."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)
LENGTH, STATES = 64, 5


def bursts(n):
    state = rng.integers(0, STATES, n)
    turn = np.array([-0.9, -0.45, 0.0, 0.45, 0.9])[state] + rng.normal(0, 0.05, n)
    k = np.arange(LENGTH)[None, :]
    walk = np.cumsum(rng.normal(0, 0.1, (n, LENGTH)), axis=1)
    z = np.exp(1j * (turn[:, None] * k + walk + rng.uniform(0, 6.28, (n, 1))))
    z = z + 0.35 * (rng.normal(size=z.shape) + 1j * rng.normal(size=z.shape))
    used = rng.integers(40, LENGTH + 1, n)
    z = np.where(k < used[:, None], z, 0.0)
    return np.stack([z.real, z.imag], axis=-1).astype("float32"), state


class ComplexFilter(layers.Layer):
    """Filters the burst with a learnt complex kernel and gives strength and phase step."""

    def __init__(self, filters, width, **kw):
        super().__init__(**kw)
        self.filters, self.width = filters, width

    def build(self, shape):
        init = keras.initializers.RandomNormal(stddev=0.3)
        self.re = self.add_weight(shape=(self.width, 1, self.filters), initializer=init, name="re")
        self.im = self.add_weight(shape=(self.width, 1, self.filters), initializer=init, name="im")

    def call(self, x):
        xr, xi = x[..., :1], x[..., 1:]

        def conv(a, kernel):
            return tf.nn.conv1d(a, kernel, stride=1, padding="VALID")

        out = tf.complex(conv(xr, self.re) - conv(xi, self.im), conv(xr, self.im) + conv(xi, self.re))
        step = out[:, 1:] * tf.math.conj(out[:, :-1])
        strength = tf.math.log1p(tf.abs(step))
        empty = tf.equal(tf.abs(step), 0.0)
        phase = tf.math.angle(tf.where(empty, tf.ones_like(step), step))
        return tf.concat([strength, phase], axis=-1)


x_train, y_train = bursts(2500)
x_test, y_test = bursts(1000)

inputs = keras.Input((LENGTH, 2))
h = ComplexFilter(6, 5)(inputs)
h = layers.Conv1D(24, 5, strides=2, activation="relu")(h)
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(STATES, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, epochs=10, batch_size=50, verbose=2)

p = model.predict(x_test, verbose=0)
acc = np.mean(p.argmax(axis=1) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
