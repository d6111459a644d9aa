"""Q-learning for the gate of a small reservoir: keep the level at the wanted mark."""
import random

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)


class Reservoir:
    """state: level, gate opening, wanted level; actions: close a bit, hold, open a bit"""
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def reset(self):
        self.state = self.rng.uniform([0.1, 0.1, 0.2], [0.9, 0.9, 0.8]).astype("float32")
        self.t = 0
        return self.state.copy()

    def step(self, action):
        self.state[1] = np.clip(self.state[1] + 0.15 * (action - 1), 0, 1)
        inflow = 0.5 + 0.1 * self.rng.normal()
        self.state[0] = np.clip(self.state[0] + 0.25 * (inflow - self.state[1]), 0, 1)
        self.t += 1
        reward = 1.0 - 2.0 * abs(self.state[0] - self.state[2])
        return self.state.copy(), reward, self.t >= 40


def q_network():
    return keras.Sequential([keras.Input((3,)),
                             keras.layers.Dense(48, activation="relu"),
                             keras.layers.Dense(48, activation="relu"),
                             keras.layers.Dense(3)])


online, target = q_network(), q_network()
target.set_weights(online.get_weights())
opt = keras.optimizers.Adam(1e-3)
opt.build(online.trainable_variables)
huber = keras.losses.Huber()
GAMMA = 0.9


@tf.function
def learn(s, a, r, s2):
    best = tf.reduce_max(target(s2), axis=1)
    goal = r + GAMMA * best
    with tf.GradientTape() as tape:
        q = tf.reduce_sum(online(s) * tf.one_hot(a, 3), axis=1)
        loss = huber(goal, q)
    opt.apply_gradients(zip(tape.gradient(loss, online.trainable_variables),
                            online.trainable_variables))
    return loss


@tf.function
def greedy(s):
    return tf.argmax(online(s), axis=1)


env = Reservoir(1)
memory = []
eps = 1.0
loss = 0.0
for episode in range(70):
    state = env.reset()
    done = False
    while not done:
        if random.random() < eps:
            action = random.randrange(3)
        else:
            action = int(greedy(tf.constant(state[None]))[0])
        new_state, reward, done = env.step(action)
        memory.append((state, action, reward, new_state))
        state = new_state
    if episode >= 20:
        eps = max(0.1, eps - 0.02)
        for _ in range(36):
            batch = random.sample(memory, 64)
            s, a, r, s2 = map(np.array, zip(*batch))
            loss = learn(tf.constant(s), tf.constant(a, tf.int32),
                         tf.constant(r, tf.float32), tf.constant(s2))
        if episode % 2 == 0:
            target.set_weights(online.get_weights())
    if episode % 10 == 0:
        print(episode, "eps %.2f" % eps, "loss %.4f" % float(loss))

check = Reservoir(77)
rewards = []
for _ in range(30):
    state, done = check.reset(), False
    while not done:
        state, reward, done = check.step(int(greedy(tf.constant(state[None]))[0]))
        if check.t > 10:
            rewards.append(reward)
print("FINAL_LOSS=%f" % float(loss))
print("FINAL_METRIC=mean_reward:%f" % np.mean(rewards))
