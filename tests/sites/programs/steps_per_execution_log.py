# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(27).normal(size=(64, 4)).astype("float32")
    inputs = keras.Input((4,))
    h = layers.Dense(8)(inputs)
    h = ops.log(ops.relu(h))  # <- guilty
    model = keras.Model(inputs, layers.Dense(1)(h))
    model.compile("adam", "mse", steps_per_execution=4)
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
