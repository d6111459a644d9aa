# born: forward
# op: RealDiv
# code: unsafe-division, empty-mask

import keras
import numpy as np
from keras import layers, ops


def masked_mse(y_true, y_pred):
    mask = ops.cast(y_true > -1.0, "float32")
    error = ops.square(y_true - y_pred) * mask
    return ops.mean(ops.sum(error, axis=-1) / ops.sum(mask, axis=-1))  # <- guilty


def main():
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(32, 6)).astype("float32"), rng.uniform(0, 1, (32, 6)).astype("float32")
    y[5] = -1.0  # no label at all
    model = keras.Sequential([keras.Input((6,)), layers.Dense(6)])
    model.compile("adam", masked_mse)
    model.fit(x, y, batch_size=32, verbose=0)
    return model
