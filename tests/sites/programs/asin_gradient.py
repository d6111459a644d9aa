# born: gradient
# op: Asin
# code: unsafe-sqrt, unsafe-division

import keras
import tensorflow as tf
from keras import ops


def main():
    tilt = keras.Variable([1.0, 0.5, -1.0])
    optimizer = keras.optimizers.Adam(0.01)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            latitude = ops.arcsin(tilt)  # <- guilty
            loss = ops.sum(ops.square(latitude))
        optimizer.apply([tape.gradient(loss, tilt.value)], [tilt])

    for _ in range(2):
        step()
    return [tilt]
