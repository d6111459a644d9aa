# born: gradient
# op: RealDiv
# code: unsafe-where, unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(16).normal(size=(32, 3)).astype("float32")
    inputs = keras.Input((3,))
    a, b = layers.Dense(4)(inputs), layers.Dense(4, "relu")(inputs)

    def ratio(pair):
        top, bottom = pair
        return tf.where(bottom > 1e-3, top / bottom, tf.zeros_like(top))  # <- guilty

    model = keras.Model(inputs, layers.Dense(1)(layers.Lambda(ratio)([a, b])))
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
