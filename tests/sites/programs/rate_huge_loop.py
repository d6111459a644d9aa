# born: forward, gradient, update
# op: *
# code: learning-rate-too-high, gradient-explosion

import keras
import tensorflow as tf


def main():
    slope = tf.Variable(0.5)
    x = tf.range(10, dtype=tf.float32)
    optimizer = keras.optimizers.SGD(1e6)  # <- guilty
    for _ in range(6):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((slope * x - 3.0 * x) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, slope), slope)])
    return [slope]
