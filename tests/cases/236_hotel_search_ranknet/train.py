import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)

LIST = 10
weights = rng.normal(size=8)


def searches(n, idle_share):
    offers = rng.normal(size=(n, LIST, 8)).astype("float32")
    appeal = offers @ weights + 0.8 * offers[..., 0] * offers[..., 1] + rng.normal(0, 0.5, (n, LIST))
    rank = appeal.argsort(axis=1).argsort(axis=1)
    grade = np.select([rank == LIST - 1, rank >= LIST - 3], [2.0, 1.0], 0.0).astype("float32")
    grade[rng.random(n) < idle_share] = 0.0
    return offers, grade


offers, grade = searches(1200, 0.01)
test_offers, test_grade = searches(400, 0.0)

scorer = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(2e-3)


def score(batch):
    return tf.reshape(scorer(tf.reshape(batch, (-1, 8))), (-1, LIST))


def ranknet_loss(grade, s):
    better = tf.cast(grade[:, :, None] > grade[:, None, :], tf.float32)
    gap = s[:, :, None] - s[:, None, :]
    pairs = tf.reduce_sum(better * tf.nn.softplus(-gap), axis=[1, 2])
    return tf.reduce_mean(pairs / tf.reduce_sum(better, axis=[1, 2]))


smooth = None
for epoch in range(6):
    order = rng.permutation(len(offers))
    for start in range(0, len(order), 16):
        ids = order[start:start + 16]
        with tf.GradientTape() as tape:
            loss = ranknet_loss(grade[ids], score(offers[ids]))
        grads = tape.gradient(loss, scorer.trainable_variables)
        optimizer.apply_gradients(zip(grads, scorer.trainable_variables))
        value = float(loss)
        if smooth is None:
            smooth = value
        elif np.isfinite(value):
            smooth = 0.98 * smooth + 0.02 * value
    print(f"epoch {epoch + 1}: smoothed loss {smooth:.4f}")

s = score(test_offers).numpy()
order = np.argsort(-s, axis=1, kind="stable")
gains = np.take_along_axis(2.0 ** test_grade - 1, order, axis=1)
ideal = -np.sort(-(2.0 ** test_grade - 1), axis=1)
discount = 1 / np.log2(np.arange(LIST) + 2)
ndcg = np.mean((gains * discount).sum(1) / (ideal * discount).sum(1))
print(f"FINAL_LOSS={smooth}")
print(f"FINAL_METRIC=ndcg:{ndcg}")
