# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers


def main():
    rng = np.random.default_rng(21)
    trips = rng.poisson(2.0, (48, 2)).astype("float32")
    inputs = keras.Input((2,))
    ratio = inputs[:, :1] / inputs[:, 1:]  # <- guilty
    model = keras.Model(inputs, layers.Dense(1)(ratio))
    model.compile("sgd", "mse")
    model.fit(trips, trips[:, :1], batch_size=16, verbose=0)
    return model
