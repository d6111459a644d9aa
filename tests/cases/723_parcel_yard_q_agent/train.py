"""A small yard vehicle learns to bring a parcel to the gate (deep Q-learning)."""
import random
from collections import deque

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

YARD = [
    "......",
    ".##.#.",
    ".#..#.",
    "...#..",
    ".#...#",
    ".#.#.G",
]
SIZE = len(YARD)
FREE = [(r, c) for r in range(SIZE) for c in range(SIZE) if YARD[r][c] != "#"]
GATE = (5, 5)
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
GAMMA = 0.95


def encode(cell):
    v = np.zeros(2 * SIZE, dtype="float32")
    v[cell[0]] = 1.0
    v[SIZE + cell[1]] = 1.0
    return v


def move(cell, action):
    r, c = cell[0] + MOVES[action][0], cell[1] + MOVES[action][1]
    if not (0 <= r < SIZE and 0 <= c < SIZE) or YARD[r][c] == "#":
        return cell, -0.1, False
    if (r, c) == GATE:
        return (r, c), 1.0, True
    return (r, c), -0.02, False


def make_net():
    return keras.Sequential([
        keras.Input((2 * SIZE,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(len(MOVES)),
    ])


class Agent:
    def __init__(self):
        self.online = make_net()
        self.target = make_net()
        self.target.set_weights(self.online.get_weights())
        self.optimizer = keras.optimizers.Adam(1e-3)
        self.memory = deque(maxlen=8000)
        self.loss_fn = keras.losses.Huber()
        self.q_online = tf.function(self.online)
        self.q_target = tf.function(self.target)

    def act(self, cell, eps):
        if random.random() < eps:
            return random.randrange(len(MOVES))
        q = self.q_online(encode(cell)[None])
        return int(np.argmax(q[0]))

    @tf.function
    def fit_batch(self, states, actions, wanted):
        with tf.GradientTape() as tape:
            q = self.online(states, training=True)
            chosen = tf.reduce_sum(q * tf.one_hot(actions, len(MOVES)), axis=1)
            loss = self.loss_fn(wanted, chosen)
        grads = tape.gradient(loss, self.online.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.online.trainable_variables))
        return loss

    def replay(self, batch_size=64):
        batch = random.sample(self.memory, batch_size)
        states = np.stack([b[0] for b in batch])
        actions = np.array([b[1] for b in batch], dtype="int32")
        rewards = np.array([b[2] for b in batch], dtype="float32")
        nexts = np.stack([b[3] for b in batch])
        done = np.array([b[4] for b in batch], dtype="float32")
        next_q = self.q_target(nexts).numpy()
        best_next = np.argmax(next_q, axis=1)
        wanted = rewards + GAMMA * best_next * (1.0 - done)
        return self.fit_batch(states, actions, wanted.astype("float32"))


agent = Agent()
starts = [c for c in FREE if c != GATE]
steps, losses = 0, []
for episode in range(200):
    cell = random.choice(starts)
    eps = max(0.1, 1.0 - episode / 120)
    for _ in range(25):
        a = agent.act(cell, eps)
        nxt, reward, done = move(cell, a)
        agent.memory.append((encode(cell), a, reward, encode(nxt), float(done)))
        cell = nxt
        steps += 1
        if len(agent.memory) >= 256 and steps % 2 == 0:
            losses.append(float(agent.replay()))
        if steps % 200 == 0:
            agent.target.set_weights(agent.online.get_weights())
        if done:
            break
    if episode % 40 == 0 and losses:
        print(f"episode {episode} eps {eps:.2f} loss {np.mean(losses[-200:]):.4f}")

arrived = 0
for start in starts:
    cell = start
    for _ in range(20):
        cell, _, done = move(cell, agent.act(cell, 0.0))
        if done:
            arrived += 1
            break
print(f"FINAL_LOSS={np.mean(losses[-200:]):.6f}")
print(f"FINAL_METRIC=arrival_rate:{arrived / len(starts):.4f}")
