# born: gradient
# op: Sqrt, SqrtGrad, RealDiv
# code: unsafe-sqrt

import keras
import tensorflow as tf
from keras import layers


def main():
    keras.utils.set_random_seed(0)
    critic = keras.Sequential(
        [keras.Input((2,)), layers.Dense(16, "relu", bias_initializer=keras.initializers.Constant(-9.0))]
    )
    critic.add(layers.Dense(1))
    optimizer = keras.optimizers.Adam(1e-4)
    for _ in range(3):
        real = tf.random.normal((8, 2))
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(real)
                score = critic(real)
            slope = inner.gradient(score, real)
            length = tf.sqrt(tf.reduce_sum(slope**2, axis=1))  # <- guilty
            loss = tf.reduce_mean(score) + 10.0 * tf.reduce_mean((length - 1.0) ** 2)
        grads = outer.gradient(loss, critic.trainable_variables)
        pairs = [(g, v) for g, v in zip(grads, critic.trainable_variables) if g is not None]
        optimizer.apply_gradients(pairs)
    return critic.variables
