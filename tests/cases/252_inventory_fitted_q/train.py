import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(56)

SHELF, ACTIONS, GAMMA = 20, 6, 0.9
n = 8000
stock = rng.integers(0, SHELF + 1, n)
order = rng.integers(0, ACTIONS, n)


def demand(k):
    return rng.poisson(2.5, k)


def next_day(stock, order):
    have = np.minimum(stock + order, SHELF)
    sold = np.minimum(have, demand(len(stock)))
    return have - sold, 4.0 * sold - 1.5 * order - 0.3 * have


after, gain = next_day(stock, order)
state = lambda s: np.stack([s / SHELF, (s == 0)], axis=1).astype("float32")
s, s2 = state(stock), state(after)
gain = gain.astype("float32")


def network():
    return keras.Sequential([
        keras.Input((2,)), layers.Dense(48, activation="relu"), layers.Dense(48, activation="relu"),
        layers.Dense(ACTIONS)])


online, frozen = network(), network()
frozen.set_weights(online.get_weights())
optimizer = keras.optimizers.Adam(2e-3)


@tf.function
def train_step(s, a, r, s2):
    target = r + GAMMA * tf.reduce_max(frozen(s2), axis=1)
    with tf.GradientTape() as tape:
        q = tf.gather(online(s, training=True), a, batch_dims=1)
        loss = tf.reduce_mean(tf.square(q - target))
    grads = tape.gradient(loss, online.trainable_variables)
    optimizer.apply_gradients(zip(grads, online.trainable_variables))
    return loss


for sweep in range(30):
    losses = []
    order_ids = rng.permutation(n)
    for i in range(0, n, 200):
        ids = order_ids[i:i + 200]
        losses.append(float(train_step(s[ids], order[ids].astype("int32"), gain[ids], s2[ids])))
    frozen.set_weights(online.get_weights())
    print(f"sweep {sweep + 1}: loss {losses[0]:.2f} -> {losses[-1]:.2f}")

shelf, total = np.full(500, 10), 0.0
for day in range(60):
    choice = online(state(shelf)).numpy().argmax(axis=1)
    shelf, won = next_day(shelf, choice)
    total += won.mean()

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in online.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=gain_per_day:{total / 60}")
