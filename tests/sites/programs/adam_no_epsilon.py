# born: update
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(21).normal(size=(16, 4)).astype("float32")
    x[:, 2] = 0.0
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(1e-3, epsilon=0.0), "mse")  # <- guilty
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
