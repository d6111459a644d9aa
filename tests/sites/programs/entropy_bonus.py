# born: forward
# op: Log
# code: unsafe-log

import keras
import numpy as np
from keras import layers, ops


class Policy(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = layers.Dense(4)

    def call(self, state):
        p = ops.softmax(self.body(state) * 100.0)
        entropy = -ops.sum(p * ops.log(p), axis=-1)  # <- guilty
        self.add_loss(-0.01 * ops.mean(entropy))
        return p


def main():
    rng = np.random.default_rng(3)
    state = rng.normal(size=(24, 5)).astype("float32") * 5
    model = Policy()
    model.compile("adam", "categorical_crossentropy")
    model.fit(state, np.eye(4)[rng.integers(0, 4, 24)], batch_size=8, verbose=0)
    return model
