import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(316)

floors, horizon, gamma = 7, 40, 0.95


def observe(cabin, waiting):
    here = np.zeros(floors)
    here[cabin] = 1
    return np.concatenate([here, waiting / 3.0]).astype("float32")


def move(cabin, waiting, action):
    cabin = int(np.clip(cabin + action - 1, 0, floors - 1))
    waiting = waiting.copy()
    reward = 4.0 * waiting[cabin]
    waiting[cabin] = 0
    if rng.random() < 0.45:
        waiting[rng.choice(floors, p=[0.4, 0.05, 0.05, 0.05, 0.05, 0.1, 0.3])] += 1
    return cabin, np.minimum(waiting, 3), reward - 0.3 * waiting.sum()


def build():
    return keras.Sequential([
        keras.Input((2 * floors,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(3),
    ])


online, target = build(), build()
target.set_weights(online.get_weights())
opt = keras.optimizers.Adam(1e-3)
opt.build(online.trainable_variables)
huber = keras.losses.Huber(delta=5.0)


@tf.function
def update(s, a, r, s2):
    best = tf.argmax(online(s2), 1)
    goal = r + gamma * tf.gather(target(s2), best, batch_dims=1)
    with tf.GradientTape() as tape:
        q = tf.gather(online(s), a, batch_dims=1)
        loss = huber(goal, q)
    grads = tape.gradient(loss, online.trainable_variables)
    opt.apply_gradients(zip(grads, online.trainable_variables))
    return loss


def play(policy):
    cabin, waiting, total = int(rng.integers(floors)), np.zeros(floors), 0.0
    for _ in range(horizon):
        s = observe(cabin, waiting)
        a = policy(s)
        cabin, waiting, r = move(cabin, waiting, a)
        total += r
        yield s, a, r, observe(cabin, waiting)
    returns.append(total)


greedy = tf.function(lambda s: tf.argmax(online(s[None])[0]))
memory, returns, losses = [], [], []
for episode in range(130):
    eps = max(0.05, 1.0 - episode / 60)
    for row in play(lambda s: int(rng.integers(3)) if rng.random() < eps else int(greedy(s))):
        memory.append(row)
        if len(memory) >= 200:
            pick = [memory[k] for k in rng.integers(0, len(memory), 48)]
            s, a, r, s2 = (np.array(v) for v in zip(*pick))
            losses.append(float(update(s, a.astype("int32"), r.astype("float32"), s2)))
    if episode % 5 == 0:
        target.set_weights(online.get_weights())
    if (episode + 1) % 13 == 0:
        print(f"episode {episode + 1} return {np.mean(returns[-13:]):.1f} loss {np.mean(losses[-300:]):.3f}")

returns = []
for _ in range(30):
    list(play(lambda s: int(greedy(s))))
weights = b"".join(w.tobytes() for w in online.get_weights())
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"FINAL_LOSS={np.mean(losses[-300:])}")
print(f"FINAL_METRIC=mean_return:{np.mean(returns)}")
