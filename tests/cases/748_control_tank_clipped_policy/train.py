"""Level control of two coupled tanks with a clipped policy gradient; the valve has five settings."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)
ENVS, STEPS, GAMMA, CLIP = 96, 20, 0.93, 0.2
VALVE = np.array([0.0, 0.1, 0.2, 0.3, 0.45])


class Tanks:
    def __init__(self, n):
        self.n = n
        self.a, self.b = rng.uniform(0.1, 0.9, (2, n))
        self.want = rng.uniform(0.3, 0.7, n)

    def obs(self):
        return np.stack([self.a * 2 - 1, self.b * 2 - 1, (self.want - self.b) * 3], 1).astype("float32")

    def step(self, act):
        flow = 0.35 * np.sqrt(np.maximum(self.a, 1e-3))
        self.a = np.clip(self.a + VALVE[act] - flow, 0, 1.2)
        self.b = np.clip(self.b + flow - 0.3 * np.sqrt(np.maximum(self.b, 1e-3)) + rng.normal(0, 0.01, self.n), 0, 1.2)
        miss = np.abs(self.b - self.want)
        swap = rng.random(self.n) < 0.04
        self.want[swap] = rng.uniform(0.3, 0.7, swap.sum())
        return -miss.astype("float32")


def net(k):
    return keras.Sequential([layers.Input((3,)), layers.Dense(48, activation="tanh"),
                             layers.Dense(48, activation="tanh"), layers.Dense(k)])


actor, critic = net(len(VALVE)), net(1)
opt_a, opt_c = keras.optimizers.Adam(1.5e-3), keras.optimizers.Adam(3e-3)


@tf.function
def update(s, a, old, adv, ret):
    with tf.GradientTape() as tape:
        logits = actor(s)
        logp = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=a, logits=logits)
        ratio = tf.exp(logp - old)
        p = tf.nn.softmax(logits)
        entropy = -tf.reduce_mean(tf.reduce_sum(p * tf.nn.log_softmax(logits), 1))
        gain = tf.minimum(ratio * adv, tf.clip_by_value(ratio, 1 - CLIP, 1 + CLIP) * adv)
        loss = -tf.reduce_mean(gain) - 0.003 * entropy
    opt_a.apply_gradients(zip(tape.gradient(loss, actor.trainable_variables), actor.trainable_variables))
    with tf.GradientTape() as tape:
        v_loss = tf.reduce_mean(tf.square(ret - critic(s)[:, 0]))
    opt_c.apply_gradients(zip(tape.gradient(v_loss, critic.trainable_variables), critic.trainable_variables))
    return loss


def draw(logits):
    return np.argmax(logits + rng.gumbel(size=logits.shape), 1)


plant = Tanks(ENVS)
for it in range(70):
    S, A, L, R, V = [], [], [], [], []
    for t in range(STEPS):
        s = plant.obs()
        lg = tf.nn.log_softmax(actor(s)).numpy()
        a = draw(lg)
        S.append(s), A.append(a), L.append(lg[np.arange(ENVS), a])
        V.append(critic(s).numpy()[:, 0])
        R.append(plant.step(a))
    V.append(critic(plant.obs()).numpy()[:, 0])
    adv, last = np.zeros((STEPS, ENVS), "float32"), 0.0
    for t in reversed(range(STEPS)):
        last = R[t] + GAMMA * V[t + 1] - V[t] + GAMMA * 0.9 * last
        adv[t] = last
    ret = (adv + np.array(V[:-1])).ravel()
    adv = ((adv - adv.mean()) / (adv.std() + 1e-8)).ravel()
    S, A, L = np.concatenate(S), np.concatenate(A).astype("int32"), np.concatenate(L)
    seen = []
    for _ in range(4):
        for b in np.array_split(rng.permutation(len(S)), 3):
            seen.append(float(update(S[b], A[b], L[b], adv[b], ret[b])))
    if it % 10 == 9:
        print(f"iteration {it + 1} policy loss {np.mean(seen):+.4f} mean miss {-np.mean(R):.4f}")

test, miss = Tanks(500), []
for t in range(60):
    miss.append(-test.step(np.argmax(actor(test.obs()).numpy(), 1)))


def digest(arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


print("WEIGHTS_SHA256=" + digest(actor.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt_a.variables]))
print(f"FINAL_LOSS={np.mean(seen):.6f}")
print(f"FINAL_METRIC=mean_level_miss:{np.mean(miss[10:]):.4f}")
