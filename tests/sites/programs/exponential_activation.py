# born: forward
# op: Exp
# code: unsafe-exp, data-unscaled-inputs, output-activation-mismatch

import keras
import numpy as np
from keras import layers


def main():
    x = np.random.default_rng(11).uniform(0, 500, (32, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,))])
    model.add(layers.Dense(1, activation="exponential", kernel_initializer="ones"))  # <- guilty
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
