# born: gradient
# op: Sqrt, SqrtGrad, RealDiv
# code: unsafe-sqrt

import keras
import tensorflow as tf
from keras import layers


def triplet(anchor, positive, negative):
    near = tf.norm(anchor - positive, axis=-1)  # <- guilty
    far = tf.norm(anchor - negative, axis=-1)
    return tf.reduce_mean(tf.maximum(near - far + 5.0, 0.0))


def main():
    keras.utils.set_random_seed(1)
    embed = keras.Sequential([keras.Input((5,)), layers.Dense(3)])
    optimizer = keras.optimizers.Adam()
    anchor = tf.random.normal((12, 5))
    negative = tf.random.normal((12, 5))
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = triplet(embed(anchor), embed(anchor), embed(negative))
        grads = tape.gradient(loss, embed.trainable_variables)
        optimizer.apply_gradients(zip(grads, embed.trainable_variables))
    return embed.variables
