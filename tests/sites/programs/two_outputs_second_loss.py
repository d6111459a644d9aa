# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


def scale_error(y, p):
    return ops.mean(ops.abs(ops.log(y) - ops.log(p)), axis=-1)  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(26).normal(size=(32, 4)).astype("float32")
    inputs = keras.Input((4,))
    h = layers.Dense(8, "tanh")(inputs)
    place = layers.Dense(2, name="place")(h)
    size = layers.Dense(1, "relu", name="size")(h)
    model = keras.Model(inputs, {"place": place, "size": size})
    model.compile("adam", loss={"place": "mse", "size": scale_error})
    model.fit(x, {"place": x[:, :2], "size": np.exp(x[:, :1])}, batch_size=8, verbose=0)
    return model
