# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


class GroupLasso(keras.regularizers.Regularizer):
    def __call__(self, kernel):
        return 0.01 * ops.sum(ops.sqrt(ops.sum(ops.square(kernel), axis=1)))  # <- guilty


def main():
    x = np.random.default_rng(9).normal(size=(16, 5)).astype("float32")
    model = keras.Sequential([keras.Input((5,))])
    model.add(layers.Dense(3, kernel_initializer="zeros", kernel_regularizer=GroupLasso()))
    model.compile("adam", "mse")
    model.fit(x, x[:, :3], batch_size=8, verbose=0)
    return model
