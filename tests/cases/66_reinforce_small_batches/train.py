"""REINFORCE on a contextual bandit: show a digit (0-3), the agent names it, reward 1 or 0."""

import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
gen = np.random.default_rng(0)
x, y = load_digits(n_class=4, return_X_y=True)
x = (x / 16.0).astype("float32")
mix = gen.permutation(len(x))
x, y = x[mix], y[mix]
x_test, y_test, x, y = x[:150], y[:150], x[150:], y[150:]

policy = keras.Sequential([keras.layers.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(4)])
adam = keras.optimizers.Adam(3e-3)


@tf.function
def improve(states, labels):
    with tf.GradientTape() as tape:
        logits = policy(states, training=True)
        actions = tf.random.categorical(logits, 1)[:, 0]
        reward = tf.cast(actions == labels, tf.float32)
        advantage = (reward - tf.reduce_mean(reward)) / tf.math.reduce_std(reward)
        nll = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=logits)
        loss = tf.reduce_mean(nll * advantage)
    g = tape.gradient(loss, policy.trainable_variables)
    adam.apply_gradients(zip(g, policy.trainable_variables))
    return loss, tf.reduce_mean(reward)


paid = []
for step in range(1500):
    rows = gen.integers(0, len(x), 12)
    loss, mean_reward = improve(tf.constant(x[rows]), tf.constant(y[rows], tf.int64))
    paid.append(float(mean_reward))
    if step % 250 == 249:
        print(f"step {step + 1} loss {float(loss):.4f} reward {np.mean(paid[-250:]):.3f}")

scores = policy(x_test).numpy()
accuracy = np.mean(scores.argmax(1) == y_test) if np.isfinite(scores).all() else float("nan")
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
