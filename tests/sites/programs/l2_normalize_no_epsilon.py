# born: forward
# op: Rsqrt
# code: unsafe-sqrt, unsafe-division

import keras
import tensorflow as tf


def main():
    keras.utils.set_random_seed(0)
    table = tf.Variable(tf.concat([tf.zeros((1, 4)), tf.random.normal((5, 4))], axis=0))
    optimizer = keras.optimizers.SGD(0.1)
    for _ in range(2):
        with tf.GradientTape() as tape:
            rows = tf.gather(table, [0, 2, 3])
            unit = tf.math.l2_normalize(rows, axis=-1, epsilon=0.0)  # <- guilty
            loss = tf.reduce_sum((unit - 0.5) ** 2)
        gradient = tf.convert_to_tensor(tape.gradient(loss, table))
        optimizer.apply_gradients([(gradient, table)])
    return [table]
