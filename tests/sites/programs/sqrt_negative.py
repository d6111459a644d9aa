# born: forward
# op: Sqrt
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(3).normal(size=(32, 3)).astype("float32")
    inputs = keras.Input((3,))
    energy = layers.Dense(1)(inputs)
    speed = layers.Lambda(lambda e: ops.sqrt(e))(energy)  # <- guilty
    model = keras.Model(inputs, speed)
    model.compile("adam", "mse")
    model.fit(x, np.abs(x[:, :1]), batch_size=8, verbose=0)
    return model
