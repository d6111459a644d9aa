import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

# pressure in Pa at eight stations of a valley, target: wind along the valley
n, stations = 2400, 8
front = rng.normal(0, 12, (n, 1))
height = np.linspace(-1, 1, stations)
gradient = rng.normal(0, 9, (n, 1))
pressure = 101325 - 300 * np.arange(stations) + front + gradient * height + rng.normal(0, 1.0, (n, stations))
wind = (0.4 * gradient[:, 0] + 2.0 * np.tanh(gradient[:, 0] / 6) + rng.normal(0, 0.3, n)).astype("float32")
pressure = pressure.astype("float32")
x_train, x_test, y_train, y_test = pressure[:2000], pressure[2000:], wind[:2000], wind[2000:]


class RunningScale(layers.Layer):
    """Standardises with batch statistics, keeps running ones for prediction."""

    def __init__(self, momentum=0.95, **kw):
        super().__init__(**kw)
        self.momentum = momentum

    def build(self, shape):
        dim = (shape[-1],)
        self.mean = self.add_weight(name="mean", shape=dim, initializer="zeros", trainable=False)
        self.var = self.add_weight(name="var", shape=dim, initializer="ones", trainable=False)

    def call(self, x, training=False):
        if not training:
            return (x - self.mean) / (tf.sqrt(self.var) + 1e-3)
        m = tf.reduce_mean(x, axis=0)
        v = tf.reduce_mean(x * x, axis=0) - m * m
        k = self.momentum
        self.mean.assign(k * self.mean + (1 - k) * m)
        self.var.assign(k * self.var + (1 - k) * v)
        return (x - m) / (tf.sqrt(v) + 1e-3)


model = keras.Sequential([
    keras.Input((stations,)),
    RunningScale(),
    layers.Dense(32, activation="tanh"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
hist = model.fit(x_train, y_train, epochs=25, batch_size=50, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
rmse = np.sqrt(np.mean((pred - y_test) ** 2))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{rmse}")
