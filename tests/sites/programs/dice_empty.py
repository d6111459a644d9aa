# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
from keras import layers, ops


def dice_loss(y_true, y_pred):
    overlap = ops.sum(y_true * y_pred, axis=[1, 2, 3])
    total = ops.sum(y_true, axis=[1, 2, 3]) + ops.sum(y_pred, axis=[1, 2, 3])
    return 1.0 - 2.0 * overlap / total  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    x = np.zeros((8, 6, 6, 1), "float32")
    x[:4] = 1.0
    model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(1, 3, padding="same", activation="relu")])
    model.compile("adam", dice_loss)
    model.fit(x, x, batch_size=8, verbose=0)
    return model
