# born: data
# op: Input
# code: data-nonfinite

import keras
import numpy as np
from keras import layers


class Batches(keras.utils.PyDataset):
    def __init__(self, table):
        super().__init__()
        self.table = table

    def __len__(self):
        return 4

    def __getitem__(self, index):
        rows = self.table[8 * index : 8 * index + 8]
        with np.errstate(invalid="ignore"):
            share = rows / rows.sum(axis=1, keepdims=True)  # <- guilty
        return share, rows[:, :1]


def main():
    table = np.random.default_rng(21).poisson(3.0, (32, 4)).astype("float32")
    table[12] = 0.0
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(Batches(table), verbose=0)  # <- guilty
    return model
