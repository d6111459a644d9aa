import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

N_CHUTES, N_FEAT, STEPS = 12, 6, 8


class SortingLine:
    """Parcels come along a belt, the agent names a chute for each of them.
    A parcel in the right chute pays 1, in a neighbouring one 0.2."""

    def __init__(self, n):
        self.n = n
        self.direction = np.random.default_rng(5).normal(size=(N_FEAT, 2))

    def _parcel(self):
        self.x = rng.normal(size=(self.n, N_FEAT)).astype("float32")
        d = self.x @ self.direction
        angle = np.arctan2(d[:, 1], d[:, 0]) + np.pi
        self.right = np.minimum((angle / (2 * np.pi) * N_CHUTES).astype(int), N_CHUTES - 1)
        return self.x

    def reset(self):
        return self._parcel()

    def step(self, action):
        gap = np.abs(action - self.right)
        gap = np.minimum(gap, N_CHUTES - gap)
        reward = np.where(gap == 0, 1.0, np.where(gap == 1, 0.2, 0.0))
        return self._parcel(), reward.astype("float32")


policy = keras.Sequential([
    layers.Input((N_FEAT,)),
    layers.Dense(96, activation="relu"),
    layers.Dense(96, activation="relu"),
    layers.Dense(N_CHUTES, activation="softmax"),
])
opt = keras.optimizers.Adam(2e-3)


@tf.function
def act(obs):
    probs = policy(obs)
    return tf.random.categorical(tf.math.log(probs), 1)[:, 0]


@tf.function
def update(obs, action, advantage):
    with tf.GradientTape() as tape:
        probs = policy(obs, training=True)
        chosen = tf.gather(probs, action, batch_dims=1)
        loss = -tf.reduce_mean(tf.math.log(chosen + 1e-8) * advantage)
    grads = tape.gradient(loss, policy.trainable_variables)
    opt.apply_gradients(zip(grads, policy.trainable_variables))
    return loss


def play(env):
    obs, log = env.reset(), []
    for _ in range(STEPS):
        a = act(obs)
        nxt, r = env.step(a.numpy())
        log.append((obs, a.numpy(), r))
        obs = nxt
    return [np.concatenate(part) for part in zip(*log)]


env = SortingLine(64)
baseline = 0.0
for it in range(1051):
    obs, action, reward = play(env)
    baseline = 0.9 * baseline + 0.1 * reward.mean()
    loss = update(obs, action, reward - np.float32(baseline))
    if it % 150 == 0:
        print(f"round {it:4d}  loss {float(loss):+.4f}  mean reward {reward.mean():.3f}")

total = np.mean([play(env)[2].mean() for _ in range(20)])
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=mean_reward:{total:.4f}")
