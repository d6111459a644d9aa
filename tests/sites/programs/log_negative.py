# born: forward
# op: Log
# code: unsafe-log, output-activation-mismatch

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 4)).astype("float32"), rng.gamma(2.0, 1.0, (32, 1)).astype("float32")

    def log_error(y_true, y_pred):
        return tf.reduce_mean((tf.math.log(y_true) - tf.math.log(y_pred)) ** 2)  # <- guilty

    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "tanh"), layers.Dense(1)])
    model.compile("adam", log_error)
    model.fit(x, y, batch_size=16, verbose=0)
    return model
