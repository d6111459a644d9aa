"""Level of a brook from rain, melt and soil; a spline network whose knots follow the data."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
DEGREE = 3
CELLS = 8


def days(n, seed):
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random(n) < 0.65, 0.0, rng.gamma(1.5, 6.0, n))
    melt = np.maximum(rng.normal(-2, 3, n), 0.0)
    soil = rng.uniform(0.1, 0.5, n)
    wind = rng.gamma(2.0, 2.0, n)
    level = 0.3 + 0.4 * np.sqrt(rain) * (soil > 0.3) + 0.25 * np.log1p(melt) + np.sin(9 * soil) + 0.02 * wind
    return np.stack([rain, melt, soil, wind], axis=1).astype("float32"), (level + rng.normal(0, 0.1, n)).astype("float32")


x, y = days(3000, 1)
x_test, y_test = days(1000, 2)
mean, std = x.mean(axis=0), x.std(axis=0)
x, x_test = (x - mean) / std, (x_test - mean) / std


def knots_from(column):
    inner = np.quantile(column, np.linspace(0, 1, CELLS + 1))
    step = (inner[-1] - inner[0]) / CELLS
    left = inner[0] - step * np.arange(DEGREE, 0, -1)
    right = inner[-1] + step * np.arange(1, DEGREE + 1)
    return np.concatenate([left, inner, right])


class SplineLayer(layers.Layer):
    def __init__(self, units, knots, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.knots = tf.constant(knots, tf.float32)

    def build(self, shape):
        self.coefficients = self.add_weight(
            shape=(shape[-1], CELLS + DEGREE, self.units), initializer=keras.initializers.RandomNormal(stddev=0.1)
        )
        self.base = self.add_weight(shape=(shape[-1], self.units))

    def call(self, inputs):
        t = self.knots[None]
        v = inputs[:, :, None]
        basis = tf.cast((v >= t[:, :, :-1]) & (v < t[:, :, 1:]), tf.float32)
        for k in range(1, DEGREE + 1):
            rising = (v - t[:, :, : -(k + 1)]) / (t[:, :, k:-1] - t[:, :, : -(k + 1)])
            falling = (t[:, :, k + 1 :] - v) / (t[:, :, k + 1 :] - t[:, :, 1:-k])
            basis = rising * basis[:, :, :-1] + falling * basis[:, :, 1:]
        return tf.einsum("nfb,fbu->nu", basis, self.coefficients) + tf.nn.silu(inputs) @ self.base


model = keras.Sequential(
    [
        keras.Input((4,)),
        SplineLayer(16, np.stack([knots_from(x[:, j]) for j in range(4)])),
        layers.Dense(1),
    ]
)
model.compile(keras.optimizers.Adam(5e-3), "mse")
history = model.fit(x, y, batch_size=100, epochs=20, verbose=2)

pred = model.predict(x_test, verbose=0).ravel()
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((pred - y_test) ** 2) / y_test.var():.4f}")
