# born: gradient
# op: Rsqrt
# code: unsafe-where, unsafe-sqrt, unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class InverseRoot(layers.Layer):
    def call(self, degree):
        scale = self.add_gain() * degree
        return tf.where(degree > 0, tf.math.rsqrt(scale), 0.0)  # <- guilty

    def add_gain(self):
        return tf.nn.softplus(self.gain)

    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="zeros", name="gain")


def main():
    x = np.random.default_rng(24).poisson(1.0, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), InverseRoot(), layers.Dense(1)])
    model.compile("adam", "mse", jit_compile=True)
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
