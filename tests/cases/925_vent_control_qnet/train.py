import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

N_ACTIONS = 5                      # vent closed ... wide open
PUSH = np.array([1.0, 0.5, 0.0, -0.5, -1.0])


def step(state, action):
    temp, sun = state[:, 0], state[:, 1]
    temp = 0.85 * temp + 0.6 * PUSH[action] + 0.5 * sun + rng.normal(0, 0.05, len(temp))
    sun = np.clip(0.95 * sun + rng.normal(0, 0.15, len(sun)), -1, 1)
    reward = 1.0 - np.minimum(np.abs(temp), 2.0)
    return np.stack([temp, sun], 1), reward


n_houses, n_steps = 200, 60
state = np.stack([rng.normal(0, 1, n_houses), rng.uniform(-1, 1, n_houses)], 1)
S, A, R, S2 = [], [], [], []
for _ in range(n_steps):
    a = rng.integers(0, N_ACTIONS, n_houses)
    nxt, r = step(state, a)
    S.append(state); A.append(a); R.append(r); S2.append(nxt)
    state = nxt
S, S2 = np.concatenate(S).astype("float32"), np.concatenate(S2).astype("float32")
A, R = np.concatenate(A).astype("int32"), np.concatenate(R).astype("float32")


def build():
    return keras.Sequential([
        keras.Input((2,)),
        keras.layers.Dense(48, activation="relu"),
        keras.layers.Dense(48, activation="relu"),
        keras.layers.Dense(N_ACTIONS),
    ])


class Agent:
    def __init__(self, gamma=0.8):
        self.q, self.target = build(), build()
        self.target.set_weights(self.q.get_weights())
        self.opt = keras.optimizers.Adam(1e-3)
        self.gamma = gamma

    @tf.function
    def learn(self, s, a, r, s2):
        best = tf.reduce_max(self.target(s2), axis=1)
        goal = r + self.gamma * best
        with tf.GradientTape() as tape:
            values = self.q(s)
            taken = tf.reduce_sum(values * tf.one_hot(a, N_ACTIONS))
            loss = tf.reduce_mean(tf.square(goal - taken))
        grads = tape.gradient(loss, self.q.trainable_variables)
        self.opt.apply_gradients(zip(grads, self.q.trainable_variables))
        return loss

    def act(self, s):
        return np.argmax(self.q(s.astype("float32")).numpy(), axis=1)


agent = Agent()
for it in range(3000):
    i = rng.integers(0, len(S), 64)
    loss = agent.learn(S[i], A[i], R[i], S2[i])
    if it % 100 == 0:
        agent.target.set_weights(agent.q.get_weights())
    if it % 500 == 0:
        print("step", it, "td loss", float(loss))

state = np.stack([rng.normal(0, 1, 300), rng.uniform(-1, 1, 300)], 1)
total = []
for _ in range(50):
    state, r = step(state, agent.act(state))
    total.append(r)
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=mean_reward:{np.mean(total):.4f}")
