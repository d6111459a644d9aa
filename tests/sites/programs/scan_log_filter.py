# born: forward
# op: Log
# code: unsafe-log

import keras
import tensorflow as tf


def main():
    logits = tf.Variable([[2.0, -2.0], [-400.0, 400.0]])
    observed = tf.constant([0, 1, 1, 0])
    emission = tf.constant([[1.0, 0.0], [0.0, 1.0]])
    optimizer = keras.optimizers.SGD(0.1)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            move = tf.nn.softmax(logits)
            belief, total = tf.constant([0.5, 0.5]), tf.constant(0.0)
            for t in tf.range(4):
                belief = tf.linalg.matvec(move, belief, transpose_a=True) * emission[:, observed[t]]
                total += tf.math.log(tf.reduce_sum(belief))  # <- guilty
                belief = belief / (tf.reduce_sum(belief) + 1e-9)
            loss = -total
        optimizer.apply_gradients([(tape.gradient(loss, logits), logits)])

    step()
    step()
    return [logits]
