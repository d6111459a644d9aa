# born: forward
# op: Exp
# code: unsafe-exp

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def softmax(scores):
    powers = tf.exp(scores)  # <- guilty
    return powers / tf.reduce_sum(powers, axis=-1, keepdims=True)


def main():
    keras.utils.set_random_seed(14)
    rng = np.random.default_rng(14)
    x = rng.uniform(0, 255, (32, 10)).astype("float32")
    model = keras.Sequential([keras.Input((10,)), layers.Dense(3, activation=softmax)])
    model.compile("adam", "categorical_crossentropy")
    model.fit(x, np.eye(3)[rng.integers(0, 3, 32)], batch_size=8, verbose=0)
    return model
