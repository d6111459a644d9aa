# born: forward
# op: Lgamma
# code: unsafe-log, unsafe-division

import keras
import tensorflow as tf


def main():
    raw = tf.Variable([-3.0, 1.0, 2.0])
    optimizer = keras.optimizers.Adam(0.01)
    for _ in range(3):
        with tf.GradientTape() as tape:
            alpha = tf.nn.relu(raw)
            loss = tf.reduce_sum(tf.math.lgamma(alpha))  # <- guilty
        optimizer.apply_gradients([(tape.gradient(loss, raw), raw)])
    return [raw]
