# born: data
# op: Label, Input, SampleWeight
# code: data-nonfinite

import keras
import numpy as np
from keras import layers


def main():
    rng = np.random.default_rng(18)
    x, hours = rng.normal(size=(32, 3)).astype("float32"), rng.poisson(1.0, 32)
    with np.errstate(divide="ignore"):
        weight = 1.0 / hours  # <- guilty
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], sample_weight=weight, batch_size=8, verbose=0)  # <- guilty
    return model
