# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt
# helper: _geometry.py

import keras
import numpy as np
from keras import layers

from _geometry import ring_loss


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(6).normal(size=(16, 4)).astype("float32")
    x[3] = 0.0
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2, use_bias=False)])
    model.compile("adam", ring_loss)
    model.fit(x, x[:, :2], batch_size=16, verbose=0)
    return model
