"""A cart in a warehouse of 4 by 4 cells learns to reach the door (REINFORCE with an entropy bonus)."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
SIDE, DOOR, STEPS, CARTS = 4, (3, 3), 10, 48
MOVES = np.array([(0, 1), (0, -1), (1, 0), (-1, 0)])

net = keras.Sequential([keras.Input((SIDE * SIDE,)), keras.layers.Dense(32, activation="tanh"), keras.layers.Dense(4)])
adam = keras.optimizers.Adam(0.02)


def see(cells):
    return np.eye(SIDE * SIDE, dtype="float32")[cells[:, 0] * SIDE + cells[:, 1]]


def allowed(cells):
    ahead = cells[:, None, :] + MOVES[None]
    return ((ahead >= 0) & (ahead < SIDE)).all(axis=2).astype("float32")


def act(views, free):
    share = tf.nn.softmax(net(views)) * free
    return share / tf.reduce_sum(share, axis=1, keepdims=True)


@tf.function
def learn(views, free, chosen, returns):
    with tf.GradientTape() as tape:
        policy = act(views, free)
        taken = tf.reduce_sum(policy * tf.one_hot(chosen, 4), axis=1)
        entropy = -tf.reduce_sum(policy * tf.math.log(policy), axis=1)
        loss = -tf.reduce_mean(tf.math.log(taken) * returns + 0.01 * entropy)
    grads = tape.gradient(loss, net.trainable_variables)
    adam.apply_gradients(zip(grads, net.trainable_variables))
    return loss


def drive(n, greedy=False):
    cells = rng.integers(0, SIDE, (n, 2))
    done = (cells == DOOR).all(axis=1)
    seen, frees, picks, rewards = [], [], [], []
    for _ in range(STEPS):
        views, free = see(cells), allowed(cells)
        p = np.nan_to_num(act(views, free).numpy())
        pick = p.argmax(axis=1) if greedy else (np.log(p + 1e-12) + rng.gumbel(size=p.shape)).argmax(axis=1)
        pick = np.where(free[np.arange(n), pick] > 0, pick, free.argmax(axis=1))
        cells = np.where(done[:, None], cells, cells + MOVES[pick])
        rewards.append(np.where(done, 0.0, -0.1))
        done = done | (cells == DOOR).all(axis=1)
        seen.append(views), frees.append(free), picks.append(pick)
    returns = np.cumsum(np.array(rewards)[::-1], axis=0)[::-1]
    return seen, frees, picks, returns - returns.mean(axis=1, keepdims=True), done


for turn in range(1, 121):
    seen, frees, picks, returns, _ = drive(CARTS)
    loss = learn(np.concatenate(seen), np.concatenate(frees), np.concatenate(picks), returns.reshape(-1).astype("float32"))
    if turn % 20 == 0:
        print(f"turn {turn}: loss {float(loss):.4f}")

arrived = drive(400, greedy=True)[-1]
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=arrived:{np.mean(arrived):.4f}")
