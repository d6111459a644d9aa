"""Echo pictures of four kinds of sea floor; all convolutions have standardised kernels."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)
SIDE = 24


class StdConv(layers.Layer):
    """Convolution whose kernel has mean 0 and deviation 1 for each filter, then a learnt gain."""

    def __init__(self, filters, size, strides=1, **kw):
        super().__init__(**kw)
        self.filters, self.size, self.strides = filters, size, strides

    def build(self, shape):
        self.kernel = self.add_weight(shape=(self.size, self.size, shape[-1], self.filters),
                                      initializer="he_normal", name="kernel")
        self.gain = self.add_weight(shape=(self.filters,), initializer="ones", name="gain")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.fan = float(self.size * self.size * shape[-1])

    def call(self, x):
        mean, var = tf.nn.moments(self.kernel, axes=[0, 1, 2], keepdims=True)
        w = (self.kernel - mean) / tf.sqrt(var * self.fan)
        y = tf.nn.conv2d(x, w * self.gain, strides=self.strides, padding="SAME")
        return tf.nn.relu(tf.nn.bias_add(y, self.bias))


def floor(kind):
    t = np.arange(SIDE)
    base = rng.normal(0, 0.35, (SIDE, SIDE))
    depth = int(rng.integers(6, 14))
    if kind == 0:
        base[depth:depth + 2] += 1.6
    elif kind == 1:
        base[depth:] += 0.9 * np.exp(-np.arange(SIDE - depth) / 4)[:, None]
    elif kind == 2:
        base[depth:depth + 3] += 1.3 * (np.sin(t * 1.3 + rng.uniform(0, 6)) > 0)
    else:
        base += 1.0 * (np.abs(t[:, None] - depth - 4 * np.sin(t[None] / 3.0)) < 1.2)
    return base


def survey(n):
    y = rng.integers(0, 4, n)
    return np.stack([floor(k) for k in y]).astype("float32")[..., None], y


x_train, y_train = survey(1200)
x_test, y_test = survey(400)

model = keras.Sequential([
    keras.Input((SIDE, SIDE, 1)),
    StdConv(16, 1, name="lift"),
    StdConv(24, 3, strides=2),
    StdConv(32, 3, strides=2),
    layers.Flatten(),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
hist = model.fit(x_train, y_train, epochs=12, batch_size=40, verbose=2)

acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
