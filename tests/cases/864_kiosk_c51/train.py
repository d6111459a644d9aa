"""Ordering agent for an unmanned kiosk, distributional Q-learning (C51)."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

KIOSKS = 64
MAX_STOCK = 30
ORDERS = np.array([0, 6, 12])
GAMMA = 0.95
V_MIN, V_MAX, ATOMS = -10.0, 10.0, 51
SUPPORT = tf.linspace(V_MIN, V_MAX, ATOMS)
DELTA = (V_MAX - V_MIN) / (ATOMS - 1)


class Kiosks:
    """Many kiosks side by side; an order comes with the next morning's van."""

    def __init__(self, n, seed):
        self.rng = np.random.default_rng(seed)
        self.stock = self.rng.integers(0, 15, n)
        self.weekday = self.rng.integers(0, 7, n)

    def observe(self):
        angle = 2 * np.pi * self.weekday / 7
        return np.stack([self.stock / MAX_STOCK, np.sin(angle), np.cos(angle)], 1).astype("float32")

    def step(self, action):
        order = ORDERS[action]
        rate = np.where(self.weekday >= 5, 9.0, 5.0)
        demand = self.rng.poisson(rate)
        sold = np.minimum(demand, self.stock)
        reward = 3.0 * sold - 1.2 * order - 0.1 * self.stock
        self.stock = np.minimum(self.stock - sold + order, MAX_STOCK)
        self.weekday = (self.weekday + 1) % 7
        return reward.astype("float32")


def build_net():
    inputs = keras.Input((3,))
    h = layers.Dense(64, activation="relu")(inputs)
    h = layers.Dense(64, activation="relu")(h)
    h = layers.Dense(len(ORDERS) * ATOMS)(h)
    return keras.Model(inputs, layers.Reshape((len(ORDERS), ATOMS))(h))


online, target = build_net(), build_net()
target.set_weights(online.get_weights())
optimizer = keras.optimizers.Adam(1e-3)


@tf.function
def values(obs):
    return tf.reduce_sum(tf.nn.softmax(online(obs)) * SUPPORT, axis=-1)


@tf.function
def learn(obs, action, reward, next_obs):
    next_prob = tf.nn.softmax(target(next_obs))
    best = tf.argmax(tf.reduce_sum(next_prob * SUPPORT, -1), axis=1)
    next_prob = tf.gather(next_prob, best, axis=1, batch_dims=1)
    moved = tf.clip_by_value(reward[:, None] + GAMMA * SUPPORT[None, :], V_MIN, V_MAX)
    share = tf.clip_by_value(1.0 - tf.abs(moved[:, :, None] - SUPPORT) / DELTA, 0.0, 1.0)
    projected = tf.reduce_sum(next_prob[:, :, None] * share, axis=1)
    with tf.GradientTape() as tape:
        logits = tf.gather(online(obs), action, axis=1, batch_dims=1)
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(projected, logits))
    grads = tape.gradient(loss, online.trainable_variables)
    optimizer.apply_gradients(zip(grads, online.trainable_variables))
    return loss


env = Kiosks(KIOSKS, 1)
memory = []
obs = env.observe()
losses = []
for day in range(2000):
    epsilon = max(0.1, 1.0 - day / 1200)
    action = values(obs).numpy().argmax(1)
    explore = rng.random(KIOSKS) < epsilon
    action = np.where(explore, rng.integers(0, len(ORDERS), KIOSKS), action)
    reward = env.step(action)
    next_obs = env.observe()
    memory.append((obs, action.astype("int32"), reward, next_obs))
    memory = memory[-400:]
    obs = next_obs
    if day >= 20:
        picks = [memory[i] for i in rng.integers(0, len(memory), 4)]
        batch = [np.concatenate(part) for part in zip(*picks)]
        losses.append(float(learn(*map(tf.constant, batch))))
    if day % 100 == 0:
        target.set_weights(online.get_weights())
    if day % 500 == 499:
        print(f"day {day + 1}  loss {np.mean(losses[-200:]):.4f}  mean profit {reward.mean():.2f}")

check = Kiosks(200, 99)
earned = []
for day in range(100):
    action = values(check.observe()).numpy().argmax(1)
    earned.append(check.step(action).mean())
print(f"FINAL_LOSS={np.mean(losses[-200:]):.6f}")
print(f"FINAL_METRIC=profit_per_day:{np.mean(earned[10:]):.4f}")
