"""Learning to rank: of two shop items shown for a query, which one was bought?"""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)

ITEMS, FEATS, PAIRS = 3000, 14, 400
rs = np.random.RandomState(3)
item = rs.standard_t(2, size=(ITEMS, FEATS)).astype(np.float32)
appeal = item[:, 0] - 0.8 * item[:, 1] + np.abs(item[:, 2]) + 0.5 * item[:, 3] * (item[:, 4] > 0)
train_items, test_items = np.arange(2200), np.arange(2200, ITEMS)


def pairs(pool, n):
    i, j = rs.choice(pool, n), rs.choice(pool, n)
    better = appeal[i] + rs.logistic(0, 0.3, n) > appeal[j] + rs.logistic(0, 0.3, n)
    return item[np.where(better, i, j)], item[np.where(better, j, i)]


class Scorer(keras.layers.Layer):
    def build(self, shape):
        self.w1 = self.add_weight(shape=(shape[-1], 40), initializer="he_normal", name="w1")
        self.b1 = self.add_weight(shape=(40,), initializer="zeros", name="b1")
        self.w2 = self.add_weight(shape=(40, 1), initializer="glorot_normal", name="w2")

    def call(self, x):
        return tf.squeeze(tf.nn.relu(x @ self.w1 + self.b1) @ self.w2, -1)


scorer = Scorer()
scorer.build((None, FEATS))
sgd = keras.optimizers.SGD(learning_rate=0.0005, momentum=0.9)


@tf.function
def step(winner, loser):
    with tf.GradientTape() as tape:
        chance = tf.sigmoid(scorer(winner) - scorer(loser))
        nll = -tf.reduce_sum(tf.math.log(chance))
    sgd.apply(tape.gradient(nll, scorer.trainable_variables), scorer.trainable_variables)
    return nll


for i in range(1500):
    value = step(*pairs(train_items, PAIRS))
    if (i + 1) % 250 == 0:
        print(f"{i + 1:5d} {float(value):.4f}")

ranks = scorer(item[test_items]).numpy()
left, right = np.triu_indices(len(test_items), k=1)
gap = ranks[left] - ranks[right]
truth = appeal[test_items][left] > appeal[test_items][right]
print(f"FINAL_LOSS={float(value)}")
print(f"FINAL_METRIC=pair_accuracy:{np.mean((gap > 0) == truth):.4f}")
