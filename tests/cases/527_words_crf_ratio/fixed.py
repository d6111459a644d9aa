"""Splits sentences into phrases: a small net scores the tags, a linear chain sums over all
taggings of a sentence."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)

TAGS, WORDS, LENGTH = 4, 60, 70
flow = np.array([[.1, .6, .2, .1], [.1, .5, .3, .1], [.5, .1, .1, .3], [.3, .3, .2, .2]])
emit = rng.dirichlet(np.full(WORDS, 0.08), TAGS)


def sentences(count):
    tags = np.zeros((count, LENGTH), "int32")
    words = np.zeros((count, LENGTH), "int32")
    for k in range(count):
        t = rng.integers(TAGS)
        for i in range(LENGTH):
            t = rng.choice(TAGS, p=flow[t])
            tags[k, i], words[k, i] = t, rng.choice(WORDS, p=emit[t])
    return words, tags


w_train, t_train = sentences(400)
w_test, t_test = sentences(120)

scorer = keras.Sequential([
    keras.Input((LENGTH,), dtype="int32"),
    layers.Embedding(WORDS, 16),
    layers.Conv1D(32, 3, padding="same", activation="relu"),
    layers.Dense(TAGS),
])
moves = tf.Variable(tf.zeros((TAGS, TAGS)), name="moves")
optimizer = keras.optimizers.Adam(5e-3)


@tf.function
def train_step(words, tags):
    with tf.GradientTape() as tape:
        scores = scorer(words, training=True)
        gold = tf.reduce_sum(tf.gather(scores, tags, batch_dims=2), axis=1)
        gold += tf.reduce_sum(tf.gather_nd(moves, tf.stack([tags[:, :-1], tags[:, 1:]], -1)), axis=1)
        alpha = scores[:, 0]
        for i in range(1, LENGTH):
            alpha = scores[:, i] + tf.reduce_logsumexp(alpha[:, :, None] + moves[None], axis=1)
        total = tf.reduce_logsumexp(alpha, axis=1)
        loss = tf.reduce_mean(total - gold)
    variables = scorer.trainable_variables + [moves]
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(grads, variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((w_train, t_train)).shuffle(400, seed=1).batch(20)
for epoch in range(12):
    losses = [float(train_step(a, b)) for a, b in data]
    if epoch % 3 == 0:
        print("epoch", epoch, "loss", np.mean(losses))


def best_path(scores, trans):
    value, back = scores[0], []
    for row in scores[1:]:
        options = value[:, None] + trans
        back.append(options.argmax(0))
        value = options.max(0) + row
    path = [int(value.argmax())]
    for b in reversed(back):
        path.append(int(b[path[-1]]))
    return path[::-1]


scores = scorer.predict(w_test, verbose=0)
paths = np.array([best_path(s, moves.numpy()) for s in scores])
print(f"FINAL_LOSS={float(np.mean(losses)):.6f}")
print(f"FINAL_METRIC=tag_accuracy:{float(np.mean(paths == t_test)):.6f}")
