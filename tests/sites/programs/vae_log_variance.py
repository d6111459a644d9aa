# born: forward
# op: Exp
# code: unsafe-exp, data-unscaled-inputs

import keras
import numpy as np
from keras import layers, ops


class Code(layers.Layer):
    def call(self, pair):
        mean, log_variance = pair
        variance = ops.exp(log_variance)  # <- guilty
        self.add_loss(0.5 * ops.mean(variance + mean**2 - 1.0 - log_variance))
        return mean + ops.sqrt(variance) * keras.random.normal(ops.shape(mean), seed=1)


def main():
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(6).uniform(0, 2000, size=(32, 6)).astype("float32")
    row = keras.Input((6,))
    code = Code()([layers.Dense(2)(row), layers.Dense(2)(row)])
    model = keras.Model(row, layers.Dense(6)(code))
    model.compile("adam", "mse")
    model.fit(x, x, batch_size=8, verbose=0)
    return model
