import collections
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(310)

side, goal = 6, (5, 5)
shelves = {(1, 1), (1, 2), (3, 1), (2, 4), (3, 4), (4, 4), (4, 2)}
moves = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def encode(cell):
    v = np.zeros(2 * side, "float32")
    v[cell[0]] = v[side + cell[1]] = 1
    return v


def advance(cell, action):
    nxt = (cell[0] + moves[action][0], cell[1] + moves[action][1])
    if not (0 <= nxt[0] < side and 0 <= nxt[1] < side) or nxt in shelves:
        return cell, -2.0, False
    if nxt == goal:
        return nxt, 10.0, True
    return nxt, -1.0, False


def free_cell():
    while True:
        cell = tuple(rng.integers(0, side, 2))
        if cell != goal and cell not in shelves:
            return cell


model = keras.Sequential([
    keras.Input((2 * side,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(4),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
target = keras.models.clone_model(model)
memory = collections.deque(maxlen=3000)
gamma, epsilon, losses, returns = 0.95, 1.0, [0.0], []

for episode in range(180):
    cell, total = free_cell(), 0.0
    for t in range(30):
        if rng.random() < epsilon:
            action = int(rng.integers(4))
        else:
            action = int(np.argmax(model(encode(cell)[None])))
        nxt, reward, done = advance(cell, action)
        memory.append((encode(cell), action, reward, encode(nxt), done))
        cell, total = nxt, total + reward
        if len(memory) >= 64 and t % 2 == 0:
            pick = [memory[k] for k in rng.integers(0, len(memory), 64)]
            s, a, r, s2, d = map(np.array, zip(*pick))
            q = model(s).numpy()
            q[np.arange(64), a] = r + gamma * target(s2).numpy().max(1) * (1 - d)
            losses.append(float(model.train_on_batch(s, q)))
        if done:
            break
    returns.append(total)
    epsilon = max(0.05, epsilon * 0.97)
    if episode % 3 == 0:
        target.set_weights(model.get_weights())
    if (episode + 1) % 20 == 0:
        print(f"episode {episode + 1} return {np.mean(returns[-20:]):.2f} loss {np.mean(losses[-100:]):.3f}")

arrived = 0
starts = [(i, j) for i in range(side) for j in range(side) if (i, j) != goal and (i, j) not in shelves]
for cell in starts:
    for _ in range(14):
        cell, _, done = advance(cell, int(np.argmax(model(encode(cell)[None]))))
        if done:
            arrived += 1
            break
print(f"FINAL_LOSS={np.mean(losses[-100:])}")
print(f"FINAL_METRIC=arrival_rate:{arrived / len(starts)}")
