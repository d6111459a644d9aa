# born: forward
# op: Log
# code: unsafe-log

import keras
import tensorflow as tf
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((4,)), layers.Dense(8)])
    judge = keras.Sequential([keras.Input((8,)), layers.Dense(1, kernel_initializer="ones")])
    optimizer = keras.optimizers.Adam(0.1)
    for _ in range(5):
        noise = 60.0 * tf.random.normal((16, 4))
        with tf.GradientTape() as tape:
            verdict = tf.sigmoid(judge(generator(noise)))
            loss = tf.reduce_mean(tf.math.log(1.0 - verdict))  # <- guilty
        grads = tape.gradient(loss, generator.trainable_variables)
        optimizer.apply_gradients(zip(grads, generator.trainable_variables))
    return generator.variables
