# born: forward, gradient, update
# op: *
# code: learning-rate-too-high, gradient-explosion

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(1).normal(size=(8, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e8, momentum=0.9), "mse")  # <- guilty
    for _ in range(10):
        model.train_on_batch(x, x[:, :1])
    return model
