"""Neural field: signed distance (negative inside) of a two-circle shape, given the point and the shape's code."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
CLAMP = 0.3


def sample(n, seed):
    g = np.random.default_rng(seed)
    point = g.uniform(-1, 1, (n, 2))
    code = np.column_stack([g.uniform(-0.4, 0.4, (n, 2)), g.uniform(0.35, 0.6, n), g.uniform(0.25, 0.5, n)])
    first = np.hypot(*(point - code[:, :2]).T) - code[:, 2]
    second = np.hypot(*(point + code[:, :2]).T) - code[:, 3]
    distance = np.minimum(first, second).clip(-CLAMP, CLAMP)
    return point.astype("float32"), code.astype("float32"), distance[:, None].astype("float32")


class Modulated(layers.Layer):
    """A dense layer whose units are scaled and shifted by the code of the shape."""

    def __init__(self, units):
        super().__init__()
        self.lin = layers.Dense(units)
        self.film = layers.Dense(2 * units)

    def call(self, h, code):
        scale, shift = tf.split(self.film(code), 2, axis=-1)
        return tf.nn.leaky_relu((1.0 + scale) * self.lin(h) + shift)


class Field(keras.Model):
    def __init__(self):
        super().__init__()
        self.stack = [Modulated(64) for _ in range(3)]
        self.distance = layers.Dense(1)

    def call(self, inputs):
        h, code = inputs["point"], inputs["code"]
        for layer in self.stack:
            h = layer(h, code)
        return self.distance(h)


def feed(point, code, distance):
    pairs = tf.data.Dataset.from_tensor_slices(({"point": point, "code": code}, distance))
    return pairs.shuffle(len(point), seed=2).batch(128)


field = Field()
field.compile(optimizer=keras.optimizers.Lion(3e-4), loss="mae")
history = field.fit(feed(*sample(20000, 1)), epochs=12, verbose=2)

point, code, truth = sample(5000, 2)
inside = field.predict({"point": point, "code": code}, batch_size=1000, verbose=0) < 0
iou = np.sum(inside & (truth < 0)) / np.sum(inside | (truth < 0))
print("FINAL_LOSS=%g" % history.history["loss"][-1])
print("FINAL_METRIC=iou:%.4f" % iou)
