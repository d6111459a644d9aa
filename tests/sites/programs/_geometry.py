"""What two of the programs beside this file import."""

import keras
from keras import ops


def radius(points):
    squares = ops.sum(ops.square(points), axis=-1)
    return ops.sqrt(squares)  # <- guilty: helper_module


def ring_loss(y_true, y_pred):
    return ops.mean(ops.square(radius(y_pred) - 1.0))


def share(part, whole):
    return part / whole  # <- guilty: helper_module_nested


class Balanced(keras.losses.Loss):
    """Mean error of the positives plus mean error of the negatives."""

    def call(self, y_true, y_pred):
        error = ops.square(y_true - y_pred)
        positive = share(ops.sum(error * y_true), ops.sum(y_true))
        negative = share(ops.sum(error * (1.0 - y_true)), ops.sum(1.0 - y_true))
        return positive + negative
