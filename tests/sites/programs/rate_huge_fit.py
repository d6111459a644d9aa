# born: forward, gradient, update
# op: *
# code: learning-rate-too-high, gradient-explosion

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "tanh"), layers.Dense(1)])
    optimizer = keras.optimizers.SGD(learning_rate=1e12)  # <- guilty
    model.compile(optimizer, "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
