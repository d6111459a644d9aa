# born: gradient
# op: RealDiv
# code: unsafe-where, unsafe-division

import keras
import tensorflow as tf


def main():
    force = tf.Variable([[0.0, 0.0], [1.0, 2.0]])
    optimizer = keras.optimizers.SGD(0.1)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            size = tf.norm(force, axis=-1, keepdims=True)
            unit = tf.where(size > 0.0, force / size, 0.0)  # <- guilty
            loss = tf.reduce_sum((unit - 1.0) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, force), force)])

    step()
    step()
    return [force]
