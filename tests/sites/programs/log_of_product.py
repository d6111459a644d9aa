# born: forward
# op: Log
# code: unsafe-log

import keras
import tensorflow as tf


def main():
    scale = tf.Variable([1e-10, 1e-12, 1e-9, 1e-15, 1e-8])
    data = tf.random.stateless_normal((16, 5), (1, 2))
    optimizer = keras.optimizers.SGD(1e-3)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            determinant = tf.reduce_prod(scale)
            loss = tf.math.log(determinant) + tf.reduce_mean((data * scale) ** 2)  # <- guilty
        optimizer.apply_gradients([(tape.gradient(loss, scale), scale)])

    for _ in range(3):
        step()
    return [scale]
