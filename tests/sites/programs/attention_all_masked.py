# born: forward
# op: Softmax, SoftmaxV2
# code: empty-mask

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class Attend(layers.Layer):
    def call(self, pair):
        x, mask = pair
        scores = tf.matmul(x, x, transpose_b=True)
        scores = tf.where(mask[:, None, :] > 0, scores, -np.inf)
        return tf.matmul(tf.nn.softmax(scores), x)  # <- guilty


def main():
    rng = np.random.default_rng(15)
    x = rng.normal(size=(12, 5, 3)).astype("float32")
    mask = np.ones((12, 5), "float32")
    mask[4] = 0.0
    sequence, keep = keras.Input((5, 3)), keras.Input((5,))
    h = Attend()([layers.Dense(3)(sequence), keep])
    model = keras.Model([sequence, keep], layers.Dense(1)(h))
    model.compile("adam", "mse")
    model.fit([x, mask], np.zeros((12, 5, 1)), batch_size=12, verbose=0)
    return model
