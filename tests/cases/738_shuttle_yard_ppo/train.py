"""Clipped policy optimisation for a shuttle that has to reach a parking bay in a yard of 9 by 9 places."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

SIDE, HORIZON, ENVS = 9, 18, 128
GAMMA, LAM, CLIP = 0.97, 0.95, 0.2
MOVES = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])


class Yard:
    def __init__(self, n):
        self.n = n
        self.pos = rng.integers(0, SIDE, (n, 2))
        self.goal = rng.integers(0, SIDE, (n, 2))
        self.age = np.zeros(n, int)

    def obs(self):
        return np.concatenate([self.pos / 4.0 - 1, self.goal / 4.0 - 1,
                               (self.goal - self.pos) / 4.0], 1).astype("float32")

    def step(self, action):
        self.pos = np.clip(self.pos + MOVES[action], 0, SIDE - 1)
        self.age += 1
        there = (self.pos == self.goal).all(1)
        reward = np.where(there, 1.0, -0.05).astype("float32")
        done = there | (self.age >= HORIZON)
        k = done.sum()
        self.pos[done] = rng.integers(0, SIDE, (k, 2))
        self.goal[done] = rng.integers(0, SIDE, (k, 2))
        self.age[done] = 0
        return reward, done, there


def mlp(out):
    return keras.Sequential([layers.Input((6,)), layers.Dense(64, activation="tanh"),
                             layers.Dense(64, activation="tanh"), layers.Dense(out)])


actor, critic = mlp(4), mlp(1)
opt_actor = keras.optimizers.Adam(2e-3)
opt_critic = keras.optimizers.Adam(3e-3)


@tf.function
def update(s, a, old_logp, adv, ret):
    with tf.GradientTape() as tape:
        logp = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=a, logits=actor(s))
        ratio = tf.exp(logp - old_logp)
        clipped = tf.clip_by_value(ratio, 1 - CLIP, 1 + CLIP)
        actor_loss = -tf.reduce_mean(tf.minimum(ratio * adv, clipped * adv))
    opt_actor.apply_gradients(zip(tape.gradient(actor_loss, actor.trainable_variables),
                                  actor.trainable_variables))
    with tf.GradientTape() as tape:
        critic_loss = tf.reduce_mean(tf.square(ret - critic(s)))
    opt_critic.apply_gradients(zip(tape.gradient(critic_loss, critic.trainable_variables),
                                   critic.trainable_variables))
    return actor_loss, critic_loss


def draw(logits):
    return np.argmax(logits + rng.gumbel(size=logits.shape), 1)


yard = Yard(ENVS)
for it in range(60):
    S, A, L, R, D, V = [], [], [], [], [], []
    for t in range(HORIZON):
        s = yard.obs()
        logits = actor(s).numpy()
        a = draw(logits)
        logp = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        r, d, _ = yard.step(a)
        S.append(s), A.append(a), R.append(r), D.append(d)
        L.append(logp[np.arange(ENVS), a])
        V.append(critic(s).numpy())
    V.append(critic(yard.obs()).numpy())
    adv = np.zeros((HORIZON, ENVS, 1), "float32")
    last = np.zeros((ENVS, 1), "float32")
    for t in reversed(range(HORIZON)):
        alive = 1.0 - D[t][:, None]
        delta = R[t][:, None] + GAMMA * alive * V[t + 1] - V[t]
        last = delta + GAMMA * LAM * alive * last
        adv[t] = last
    ret = (adv + np.array(V[:-1])).reshape(-1, 1)
    adv = adv.reshape(-1, 1)
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    S = np.concatenate(S)
    A = np.concatenate(A).astype("int32")
    L = np.concatenate(L).astype("float32")
    for epoch in range(4):
        order = rng.permutation(len(S))
        for b in np.array_split(order, 4):
            la, lc = update(S[b], A[b], L[b], adv[b], ret[b])
    if it % 10 == 9:
        print(f"iteration {it + 1} actor loss {float(la):.4f} critic loss {float(lc):.4f} "
              f"mean reward {np.mean(R):.4f}")

test = Yard(600)
arrived = np.zeros(600, bool)
open_ = np.ones(600, bool)
for t in range(HORIZON):
    _, done, there = test.step(draw(actor(test.obs()).numpy()))
    arrived |= there & open_
    open_ &= ~done
print(f"FINAL_LOSS={float(lc):.6f}")
print(f"FINAL_METRIC=arrival_rate:{arrived.mean():.4f}")
