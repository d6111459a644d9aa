"""Handling time of a shopping basket: items are pooled by attention, and the attention is kept spread out
by a small reward on its entropy."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
LONGEST, FACTS = 12, 6
g = np.random.default_rng(23)


def baskets(n):
    size = g.integers(2, LONGEST + 1, n)
    filled = np.arange(LONGEST)[None] < size[:, None]
    items = g.normal(size=(n, LONGEST, FACTS)) * filled[..., None]
    importance = np.exp(1.5 * items[..., 0]) * filled
    importance /= importance.sum(1, keepdims=True)
    seconds = (importance * (items[..., 1] + 0.5 * np.maximum(items[..., 2], 0))).sum(1)
    return items.astype("float32"), filled, seconds.astype("float32")


class SpreadAttention(layers.Layer):
    def __init__(self, reward=0.002, **kw):
        super().__init__(**kw)
        self.reward = reward
        self.query = layers.Dense(16, activation="tanh")
        self.score = layers.Dense(1, use_bias=False)

    def call(self, items, filled):
        score = self.score(self.query(items))[..., 0]
        weight = ops.softmax(ops.where(filled, score, -1e9), axis=-1)
        safe = ops.where(filled, weight, 1.0)
        entropy = -ops.sum(ops.where(filled, weight * ops.log(safe), 0.0), axis=-1)
        self.add_loss(-self.reward * ops.mean(entropy))
        return ops.einsum("bn,bnd->bd", weight, items)


class Handling(keras.Model):
    def __init__(self):
        super().__init__()
        self.item = layers.Dense(24, activation="silu")
        self.pool = SpreadAttention()
        self.time = layers.Dense(1)

    def call(self, items, filled):
        return self.time(self.pool(self.item(items), filled))[:, 0]


train, test = baskets(3000), baskets(600)
net = Handling()
optimizer = keras.optimizers.Adam(5e-3)


@tf.function
def learn(items, filled, seconds):
    with tf.GradientTape() as tape:
        error = tf.reduce_mean(tf.abs(net(items, filled) - seconds))
        objective = error + tf.add_n(net.losses)
    slopes = tape.gradient(objective, net.trainable_weights)
    optimizer.apply_gradients(zip(slopes, net.trainable_weights))
    return error


for sweep in range(15):
    order, errors = g.permutation(3000), []
    for lot in np.split(order, 50):
        errors.append(float(learn(train[0][lot], train[1][lot], train[2][lot])))
    if sweep % 3 == 0:
        print(f"sweep {sweep}: mean absolute error {np.mean(errors):.4f}")

out = net(test[0], test[1]).numpy()
print("FINAL_LOSS=%r" % float(np.mean(errors)))
print("FINAL_METRIC=r2:%.4f" % (1 - ((out - test[2]) ** 2).mean() / test[2].var()))
