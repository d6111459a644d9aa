# born: forward
# op: Log1p
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


class Survival(keras.losses.Loss):
    def call(self, y_true, hazard):
        stay = ops.log1p(-hazard)  # <- guilty
        return -ops.mean(stay * (1.0 - y_true) + y_true * ops.log(hazard + 1e-6), axis=-1)


def main():
    x = np.linspace(-1, 5, 24, dtype="float32")[:, None]
    y = (x > 2).astype("float32")
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, "hard_sigmoid", kernel_initializer="ones")])
    model.compile("adam", Survival())
    model.fit(x, y, batch_size=24, verbose=0)
    return model
