# born: update
# op: *
# code: learning-rate-invalid

import keras
import numpy as np
from keras import layers


def main():
    losses = []
    rate = 0.1 * np.mean(losses)  # nothing yet
    x = np.random.default_rng(22).normal(size=(16, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate=rate), "mse")  # <- guilty
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
