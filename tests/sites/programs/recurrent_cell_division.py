# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers, ops


class Decay(layers.Layer):
    def __init__(self):
        super().__init__()
        self.state_size = self.output_size = 3
        self.dense = layers.Dense(3)

    def call(self, inputs, states):
        x, gap = inputs[:, :-1], inputs[:, -1:]
        h = ops.tanh(self.dense(x) + states[0] / gap)  # <- guilty
        return h, [h]


def main():
    x = np.random.default_rng(12).integers(0, 3, (16, 5, 3)).astype("float32")
    model = keras.Sequential([keras.Input((5, 3)), layers.RNN(Decay()), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, 0, :1], batch_size=8, verbose=0)
    return model
