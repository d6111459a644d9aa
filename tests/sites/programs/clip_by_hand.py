# born: update
# op: RealDiv
# code: unsafe-division

import tensorflow as tf


def main():
    weight = tf.Variable([1.0, -1.0])
    x = tf.constant([[1.0, 1.0], [2.0, 2.0]])
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.linalg.matvec(x, weight) ** 2)
        gradient = tape.gradient(loss, weight)
        weight.assign_sub(0.1 * gradient / tf.norm(gradient))  # <- guilty
    return [weight]
