# born: gradient
# op: Sqrt, SqrtGrad
# code: unsafe-sqrt

import keras
import numpy as np
from keras import layers, ops


def main():
    x = np.ones((16, 8), "float32")
    inputs = keras.Input((8,))
    h = layers.Dense(6, kernel_initializer="ones")(inputs)
    contrast = layers.Lambda(lambda t: ops.std(t, axis=-1, keepdims=True))(h)  # <- guilty
    model = keras.Model(inputs, layers.Dense(1)(contrast))
    model.compile("sgd", "mse")
    model.fit(x, np.arange(16, dtype="float32"), batch_size=8, verbose=0)
    return model
