# born: forward
# op: RealDiv
# code: unsafe-division
# helper: _geometry.py

import keras
import numpy as np
from keras import layers

from _geometry import Balanced


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(7).normal(size=(16, 4)).astype("float32")
    y = np.zeros((16, 1), "float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", Balanced())
    model.fit(x, y, batch_size=8, verbose=0)
    return model
