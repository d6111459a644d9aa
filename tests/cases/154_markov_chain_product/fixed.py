"""Fit a first-order Markov chain to sequences of letters by gradient descent on their likelihood."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

LETTERS, LENGTH = 10, 80
truth = rng.dirichlet(0.25 * np.ones(LETTERS), size=LETTERS) * 0.95 + 0.05 / LETTERS


def sample(n):
    chains = np.zeros((n, LENGTH), dtype=np.int32)
    chains[:, 0] = rng.integers(0, LETTERS, n)
    for i in range(1, LENGTH):
        cumulative = truth[chains[:, i - 1]].cumsum(axis=1)
        chains[:, i] = np.minimum((rng.random(n)[:, None] > cumulative).sum(axis=1), LETTERS - 1)
    return chains


train, test = sample(600), sample(200)
logits = tf.Variable(tf.zeros([LETTERS, LETTERS]), name="transitions")
adam = keras.optimizers.Adam(0.02)


def step_probabilities(chains):
    table = tf.nn.softmax(logits)
    return tf.gather_nd(table, tf.stack([chains[:, :-1], chains[:, 1:]], axis=-1))


@tf.function
def update(chains):
    with tf.GradientTape() as tape:
        probabilities = step_probabilities(chains)
        nll = -tf.reduce_mean(tf.reduce_sum(tf.math.log(probabilities), axis=1))
    gradient = tape.gradient(nll, logits)
    adam.apply_gradients([(gradient, logits)])
    return nll


for epoch in range(60):
    for start in range(0, len(train), 50):
        value = update(train[start:start + 50])
    if epoch % 10 == 0:
        print(f"epoch {epoch} nll {float(value):.4f}")

perplexity = np.exp(-np.mean(np.log(step_probabilities(test).numpy())))
print(f"FINAL_LOSS={float(value)}")
print(f"FINAL_METRIC=perplexity:{perplexity:.4f}")
