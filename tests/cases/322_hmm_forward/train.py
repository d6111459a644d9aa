"""Fit a three-state Gaussian hidden Markov model by gradient descent on the sequence likelihood."""
import math

import numpy as np
import keras
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

N_SEQ, T, K = 48, 160, 3
TRUE_MEAN = np.array([-2.0, 0.5, 3.0])
TRUE_TRANS = np.array([[0.92, 0.06, 0.02], [0.05, 0.90, 0.05], [0.02, 0.08, 0.90]])


def simulate(n):
    obs = np.zeros((n, T), "float32")
    for i in range(n):
        state = rng.integers(K)
        for t in range(T):
            obs[i, t] = rng.normal(TRUE_MEAN[state], 0.7)
            state = rng.choice(K, p=TRUE_TRANS[state])
    return obs


obs = tf.constant(simulate(N_SEQ))

start_logits = tf.Variable(tf.zeros([K]))
trans_logits = tf.Variable(2.0 * tf.eye(K))
means = tf.Variable([-1.0, 0.0, 1.0])
log_std = tf.Variable(tf.zeros([K]))
params = [start_logits, trans_logits, means, log_std]


def emission(x):
    std = tf.exp(log_std)
    z = (x[:, None] - means[None, :]) / std
    return tf.exp(-0.5 * z * z) / (std * math.sqrt(2 * math.pi))


def neg_log_likelihood(seqs):
    trans = tf.nn.softmax(trans_logits, axis=1)
    alpha = tf.nn.softmax(start_logits) * emission(seqs[:, 0])
    for t in tf.range(1, T):
        alpha = tf.matmul(alpha, trans) * emission(seqs[:, t])
    log_evidence = tf.math.log(tf.reduce_sum(alpha, axis=1))
    return -tf.reduce_mean(log_evidence) / T


optimizer = keras.optimizers.Adam(0.05)


@tf.function
def train_step(seqs):
    with tf.GradientTape() as tape:
        loss = neg_log_likelihood(seqs)
    grads = tape.gradient(loss, params)
    optimizer.apply_gradients(zip(grads, params))
    return loss


for step in range(120):
    loss = train_step(obs)
    if step % 20 == 0:
        print(f"step {step:4d}  nll/step {float(loss):.4f}")

err = np.abs(np.sort(means.numpy()) - TRUE_MEAN).mean()
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=mean_abs_error_of_means:{err:.4f}")
