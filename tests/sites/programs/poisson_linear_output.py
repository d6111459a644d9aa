# born: forward
# op: Log
# code: output-activation-mismatch, loss-mismatch, unsafe-log

import keras
import numpy as np
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(7)
    x = rng.normal(size=(64, 5)).astype("float32")
    visits = rng.poisson(np.exp(0.3 * x[:, 0])).astype("float32")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(16, "relu")])
    model.add(layers.Dense(1))  # <- guilty
    model.compile("adam", loss="poisson")  # <- guilty
    model.fit(x, visits[:, None], batch_size=16, verbose=0)
    return model
