# born: forward, gradient
# op: *
# code: bad-initialization, gradient-explosion

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(3).normal(size=(16, 4)).astype("float32")
    giant = keras.initializers.RandomNormal(stddev=1e25)
    model = keras.Sequential([keras.Input((4,))])
    model.add(layers.Dense(8, kernel_initializer=giant))  # <- guilty
    model.add(layers.Dense(1, kernel_initializer=giant))  # <- guilty
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
