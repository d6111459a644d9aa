# born: gradient
# op: EuclideanNorm, RealDiv
# code: unsafe-sqrt, unsafe-division

import keras
import tensorflow as tf


def main():
    weight = tf.Variable(tf.zeros((3, 2)))
    x = tf.random.stateless_normal((8, 3), (0, 1))
    optimizer = keras.optimizers.Adam(0.01)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            length = tf.math.reduce_euclidean_norm(x @ weight, axis=-1)  # <- guilty
            loss = tf.reduce_mean((length - 1.0) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
        return loss

    for _ in range(3):
        step()
    return [weight]
