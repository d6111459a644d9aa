# born: forward
# op: RealDiv
# code: unsafe-division

import keras
import numpy as np
import tensorflow as tf
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(9)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)])
    optimizer = keras.optimizers.RMSprop()
    x = tf.constant(rng.normal(size=(32, 3)), tf.float32)
    inside = tf.constant(np.r_[np.ones(20), np.zeros(12)], tf.float32)

    @tf.function
    def step(points, flag):
        with tf.GradientTape() as tape:
            error = model(points)[:, 0] ** 2
            interior = tf.reduce_sum(error * flag) / tf.reduce_sum(flag)  # <- guilty
            border = tf.reduce_mean(error * (1.0 - flag))
            loss = interior + border
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))

    for start in range(0, 32, 8):
        step(x[start : start + 8], inside[start : start + 8])
    return model.variables
