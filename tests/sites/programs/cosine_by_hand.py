# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def cosine_loss(a, b):
    dot = tf.reduce_sum(a * b, axis=-1)
    return 1.0 - dot / (tf.norm(a, axis=-1) * tf.norm(b, axis=-1))  # <- guilty


def main():
    rng = np.random.default_rng(20)
    x, y = rng.normal(size=(32, 4)).astype("float32"), rng.poisson(0.5, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    model.compile("adam", cosine_loss)
    model.fit(x, y, batch_size=8, verbose=0)
    return model
