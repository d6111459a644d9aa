# born: forward
# op: Rsqrt, Mul
# code: unsafe-sqrt, unsafe-division

import keras
import numpy as np
from keras import layers


def main():
    x = np.random.default_rng(14).normal(size=(32, 3)).astype("float32")
    x[5] = 0.0
    inputs = keras.Input((3,))
    h = layers.LayerNormalization(epsilon=0.0)(inputs)  # <- guilty
    model = keras.Model(inputs, layers.Dense(1)(h))
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=32, verbose=0)
    return model
