"""Softmax regression on raw pixel sums, in a plain loop."""

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
pixels, digit = load_digits(return_X_y=True)
x = tf.constant(pixels / 16.0, tf.float32)
target = tf.one_hot(digit, 10)

weights = tf.Variable(tf.random.normal((64, 10), stddev=0.8))
bias = tf.Variable(tf.zeros(10))
optimizer = keras.optimizers.Adam(0.02)
sampler = np.random.default_rng(0)

for it in range(400):
    rows = sampler.integers(0, 1300, 64)
    with tf.GradientTape() as tape:
        scores = tf.gather(x, rows) @ weights + bias
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(tf.gather(target, rows), scores))
    grads = tape.gradient(loss, [weights, bias])
    optimizer.apply_gradients(zip(grads, [weights, bias], strict=True))
    if it % 100 == 0:
        print(f"iteration {it} loss: {float(loss):.4f}")

guess = tf.argmax(x[1300:] @ weights + bias, axis=1).numpy()
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == digit[1300:]):.4f}")
