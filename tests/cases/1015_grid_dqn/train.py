# Deep Q-learning on a small walled grid. Every move costs one point, the episode ends at the exit.
import random
from collections import deque
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

MAZE = ["......",
        ".##.#.",
        "...#..",
        ".#...#",
        ".#.#..",
        "...#.G"]
N = 6
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
FREE = [(r, c) for r in range(N) for c in range(N) if MAZE[r][c] == "."]
GOAL = (5, 5)


def move(pos, a):
    r, c = pos[0] + MOVES[a][0], pos[1] + MOVES[a][1]
    if not (0 <= r < N and 0 <= c < N) or MAZE[r][c] == "#":
        r, c = pos
    return (r, c), -1.0, (r, c) == GOAL


def encode(pos):
    v = np.zeros(N * N, "float32")
    v[pos[0] * N + pos[1]] = 1.0
    return v


class Agent:
    def __init__(self, gamma=0.9):
        self.gamma = gamma
        self.memory = deque(maxlen=4000)
        self.net = self.build()
        self.target = self.build()
        self.sync()
        self.q_now = tf.function(self.net)
        self.q_old = tf.function(self.target)

    def build(self):
        m = keras.Sequential([
            keras.Input((N * N,)),
            keras.layers.Dense(48, activation="relu"),
            keras.layers.Dense(48, activation="relu"),
            keras.layers.Dense(len(MOVES), activation="relu"),
        ])
        m.compile(loss="mse", optimizer=keras.optimizers.Adam(2e-3))
        return m

    def sync(self):
        self.target.set_weights(self.net.get_weights())

    def act(self, s, eps):
        if random.random() < eps:
            return random.randrange(len(MOVES))
        return int(np.argmax(self.q_now(s[None]).numpy()[0]))

    def replay(self, size=64):
        batch = random.sample(self.memory, size)
        s, a, r, s2, d = map(np.array, zip(*batch))
        q = self.q_now(s).numpy()
        nxt = self.q_old(s2).numpy().max(1)
        q[np.arange(size), a] = r + self.gamma * nxt * (1 - d)
        return self.net.train_on_batch(s, q)


agent = Agent()
eps = 1.0
losses = []
step = 0
for episode in range(120):
    pos = random.choice(FREE)
    for t in range(24):
        s = encode(pos)
        a = agent.act(s, eps)
        pos2, r, done = move(pos, a)
        agent.memory.append((s, a, r, encode(pos2), float(done)))
        pos = pos2
        step += 1
        if len(agent.memory) >= 200 and step % 2 == 0:
            losses.append(float(agent.replay()))
        if step % 100 == 0:
            agent.sync()
        if done:
            break
    eps = max(0.1, eps * 0.965)

# greedy policy from every free cell
table = np.argmax(agent.net.predict(np.stack([encode(p) for p in FREE]), verbose=0), axis=1)
policy = dict(zip(FREE, table))
solved = 0
for p in FREE:
    for _ in range(25):
        p, _, done = move(p, int(policy[p]))
        if done:
            solved += 1
            break
print(f"FINAL_LOSS={np.mean(losses[-100:]):.6g}")
print(f"FINAL_METRIC=solved_share:{solved / len(FREE):.6f}")
