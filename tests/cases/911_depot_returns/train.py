"""Value of the state of a small parcel depot: discounted number of parcels handed out in a shift.

A Monte Carlo estimate: shifts are simulated, the return of every tick is worked out from
the parcels counted in it, and a network learns the return from the state.
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

GAMMA = 0.95
TICKS = 60


def run_shift():
    waiting = rng.integers(0, 15)
    clerks = rng.integers(1, 6)
    arrivals = rng.uniform(0.05, 0.7)
    states, rewards = [], []
    for tick in range(TICKS):
        states.append([waiting / 15.0, clerks / 5.0, arrivals, 1.0 - tick / TICKS])
        handed_out = int(waiting > 0 and rng.random() < 0.16 * clerks)
        waiting = waiting - handed_out + int(rng.random() < arrivals)
        rewards.append(handed_out)
        if rng.random() < 0.03:
            clerks = int(np.clip(clerks + rng.choice([-1, 1]), 1, 5))
    return np.array(states, dtype="float32"), np.array(rewards)


def discounted_returns(rewards):
    returns = np.zeros_like(rewards)
    returns[-1] = rewards[-1]
    for t in reversed(range(len(rewards) - 1)):
        returns[t] = rewards[t] + GAMMA * returns[t + 1]
    return returns


shifts = [run_shift() for _ in range(400)]
x = np.concatenate([s for s, _ in shifts])
g = np.concatenate([discounted_returns(r) for _, r in shifts]).astype("float32")
dataset = tf.data.Dataset.from_tensor_slices((x, g[:, None])).shuffle(len(x), seed=1).batch(256)

value = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
optimizer = keras.optimizers.Adam(2e-3)
huber = keras.losses.Huber(delta=5.0)


@tf.function
def update(states, returns):
    with tf.GradientTape() as tape:
        loss = huber(returns, value(states, training=True))
    grads = tape.gradient(loss, value.trainable_variables)
    optimizer.apply_gradients(zip(grads, value.trainable_variables))
    return loss


for sweep in range(10):
    losses = [float(update(s, r)) for s, r in dataset]
    print(f"sweep {sweep + 1}: loss {np.mean(losses):.4f}")

starts, outcomes = [], []
for _ in range(300):
    s, r = run_shift()
    starts.append(s[0])
    outcomes.append(np.sum(r * GAMMA ** np.arange(TICKS)))
starts, outcomes = np.array(starts), np.array(outcomes)
estimate = value(starts).numpy()[:, 0]
r2 = 1.0 - np.sum((outcomes - estimate) ** 2) / np.sum((outcomes - outcomes.mean()) ** 2)
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
