"""When should a storage battery buy and sell?  Dueling Q-network, replay of random trading, profit in euros."""
import numpy as np
import keras
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

PRICE = np.array([32.0, 21.0, 18.0, 45.0, 88.0, 60.0, 41.0, 95.0])  # eight slots of a day
FULL, DISCOUNT = 4, 0.9


def trade(level, slot, action):
    """action 0 buy, 1 wait, 2 sell"""
    bought = (action == 0) & (level < FULL)
    sold = (action == 2) & (level > 0)
    profit = sold * PRICE[slot] - bought * PRICE[slot]
    return level + bought - sold, (slot + 1) % len(PRICE), profit


def one_hot(level, slot):
    return np.concatenate([np.eye(FULL + 1)[level], np.eye(len(PRICE))[slot]], axis=1).astype("float32")


class Dueling(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.layers.Dense(64, activation="relu")
        self.worth = keras.layers.Dense(1)
        self.edge = keras.layers.Dense(3)

    def call(self, s):
        h = self.body(s)
        e = self.edge(h)
        return self.worth(h) + e - tf.reduce_mean(e, axis=1, keepdims=True)


online, frozen = Dueling(), Dueling()
for net in (online, frozen):
    net.build((None, FULL + 1 + len(PRICE)))
frozen.set_weights(online.get_weights())
optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)


@tf.function
def improve(s, a, r, s2):
    goal = r + DISCOUNT * tf.reduce_max(frozen(s2), axis=1)
    with tf.GradientTape() as tape:
        q = tf.reduce_sum(online(s) * tf.one_hot(a, 3), axis=1)
        td = tf.reduce_mean(tf.square(goal - q))
    optimizer.apply_gradients(zip(tape.gradient(td, online.trainable_variables), online.trainable_variables))
    return td


level, slot, action = rng.integers(0, FULL + 1, 6000), rng.integers(0, 8, 6000), rng.integers(0, 3, 6000)
level2, slot2, profit = trade(level, slot, action)
s, s2, profit = one_hot(level, slot), one_hot(level2, slot2), profit.astype("float32")

for it in range(2400):
    if it % 40 == 0:
        frozen.set_weights(online.get_weights())
    k = rng.integers(0, len(s), 64)
    td = improve(s[k], action[k].astype("int32"), profit[k], s2[k])
    if it % 400 == 399:
        print(f"iteration {it + 1} td error {float(td):.3f}")


def earn(policy, days=25):
    lev, sl, total = np.array([0]), np.array([0]), 0.0
    for _ in range(days * len(PRICE)):
        lev, sl, gain = trade(lev, sl, policy(lev, sl))
        total += gain[0]
    return total


table = np.zeros((FULL + 1, 8, 3))
L, S, A = np.indices(table.shape)
for _ in range(200):
    l2, s_2, g = trade(L, S, A)
    table = g + DISCOUNT * table.max(axis=2)[l2, s_2]
best = earn(lambda lev, sl: table[lev, sl].argmax(axis=1))
ours = earn(lambda lev, sl: online(one_hot(lev, sl)).numpy().argmax(axis=1))
print(f"FINAL_LOSS={float(td)}")
print(f"FINAL_METRIC=share_of_best_profit:{ours / best:.4f}")
