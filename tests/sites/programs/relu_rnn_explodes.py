# born: forward, gradient
# op: *
# code: gradient-explosion, bad-initialization

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(2).normal(size=(16, 90, 2)).astype("float32")
    start = keras.initializers.Identity(gain=5.0)
    model = keras.Sequential([keras.Input((90, 2))])
    model.add(layers.SimpleRNN(6, activation="relu", recurrent_initializer=start))  # <- guilty
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    model.fit(x, x[:, 0, :1], batch_size=8, verbose=0)
    return model
