# born: forward
# op: Exp
# code: unsafe-exp, data-unscaled-inputs

import keras
import numpy as np
from keras import layers, ops


def poisson_nll(y, eta):
    return ops.mean(ops.exp(eta) - y * eta)  # <- guilty


def main():
    rng = np.random.default_rng(8)
    x = rng.uniform(0, 300, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("adam", poisson_nll)
    model.fit(x, rng.poisson(3.0, (32, 1)).astype("float32"), batch_size=8, verbose=0)
    return model
