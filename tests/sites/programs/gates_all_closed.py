# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Mixture(keras.Model):
    def __init__(self):
        super().__init__()
        self.experts = [layers.Dense(1) for _ in range(3)]
        self.gate = layers.Dense(3, activation="relu")

    def call(self, x):
        gate = self.gate(x)
        gate = gate / tf.reduce_sum(gate, axis=-1, keepdims=True)  # <- guilty
        return tf.reduce_sum(tf.concat([e(x) for e in self.experts], -1) * gate, -1, keepdims=True)


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(18).normal(size=(64, 4)).astype("float32")
    model = Mixture()
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=16, verbose=0)
    return model
