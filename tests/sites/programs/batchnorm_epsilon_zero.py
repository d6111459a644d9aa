# born: forward
# op: Rsqrt, FusedBatchNormV3, Mul
# code: batchnorm-statistics, unsafe-sqrt

import keras
import numpy as np
from keras import layers


def main():
    x = np.random.default_rng(13).normal(size=(32, 3)).astype("float32")
    x[:, 1] = 0.0
    model = keras.Sequential([keras.Input((3,))])
    model.add(layers.BatchNormalization(epsilon=0.0))  # <- guilty
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model
