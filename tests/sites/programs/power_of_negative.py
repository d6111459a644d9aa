# born: forward
# op: Pow
# code: unsafe-power

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(1).normal(size=(32, 3)).astype("float32")
    inputs = keras.Input((3,))
    h = layers.Dense(6)(inputs)
    h = layers.Lambda(lambda t: t**1.5)(h)  # <- guilty
    model = keras.Model(inputs, layers.Dense(1)(h))
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
