# born: update
# op: RealDiv, *
# code: learning-rate-invalid, unsafe-division

import keras
import numpy as np
from keras import layers, ops


class Inverse(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1 / ops.cast(step, "float32")  # <- guilty


def main():
    x = np.random.default_rng(23).normal(size=(16, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(keras.optimizers.Adam(Inverse()), "mse")  # <- guilty
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
