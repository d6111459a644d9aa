# born: forward
# op: RealDiv
# code: unsafe-division, empty-mask

import keras
import tensorflow as tf
from keras import layers


def readout(nodes, graph, graphs):
    total = tf.math.unsorted_segment_sum(nodes, graph, graphs)
    size = tf.math.unsorted_segment_sum(tf.ones_like(nodes[:, :1]), graph, graphs)
    return total / size  # <- guilty


def main():
    keras.utils.set_random_seed(0)
    dense = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    nodes = tf.random.normal((10, 3))
    graph = tf.constant([0, 0, 0, 1, 1, 3, 3, 3, 3, 3])  # graph 2 has no nodes
    optimizer = keras.optimizers.Adam()
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(readout(dense(nodes), graph, 4) ** 2)
        grads = tape.gradient(loss, dense.trainable_variables)
        optimizer.apply_gradients(zip(grads, dense.trainable_variables))
    return [loss, *dense.variables]
