# born: gradient
# op: Acos, AcosGrad
# code: unsafe-sqrt, unsafe-division

import keras
import tensorflow as tf


def angle(a, b):
    a, b = tf.math.l2_normalize(a, -1), tf.math.l2_normalize(b, -1)
    return tf.acos(tf.clip_by_value(tf.reduce_sum(a * b, -1), -1.0, 1.0))  # <- guilty


def main():
    vector = tf.Variable([[3.0, 4.0], [1.0, 0.0]])
    target = tf.constant([[3.0, 4.0], [1.0, 0.0]])
    optimizer = keras.optimizers.SGD(0.1)
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(angle(vector, target))
        optimizer.apply_gradients([(tape.gradient(loss, vector), vector)])
    return [vector]
