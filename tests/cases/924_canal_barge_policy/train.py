import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

CELLS, HORIZON, BARGES = 9, 30, 48
GAMMA = 0.95


class Canal:
    """A barge starts near the low end; unloading at the far harbour pays 5, an hour of waiting 0.02."""

    def reset(self, n):
        self.pos = rng.integers(0, 4, n)
        self.done = np.zeros(n, bool)
        return self.observe()

    def observe(self):
        out = np.zeros((len(self.pos), CELLS), "float32")
        out[np.arange(len(self.pos)), self.pos] = 1.0
        return out

    def step(self, action):
        move = action - 1
        was_out = ~self.done
        drift = rng.random(len(move)) < 0.1
        new = np.clip(self.pos + move - drift, 0, CELLS - 1)
        self.pos = np.where(self.done, self.pos, new)
        arrived = (self.pos == CELLS - 1) & ~self.done
        self.done |= arrived
        pay = 5.0 * arrived + 0.02 * (was_out & (action == 1))
        return self.observe(), pay.astype("float32"), self.done.copy()


def discounted(rewards, gamma=GAMMA):
    value = np.zeros_like(rewards)
    for t in range(len(rewards)):
        value[t] = rewards[t] * gamma ** t
    return value


policy = keras.Sequential([
    keras.Input((CELLS,)),
    keras.layers.Dense(32, activation="tanh"),
    keras.layers.Dense(3),
])
optimizer = keras.optimizers.Adam(0.01)
forward = tf.function(lambda x: policy(x))


@tf.function(reduce_retracing=True)
def update(obs, act, adv):
    with tf.GradientTape() as tape:
        logp = tf.nn.log_softmax(policy(obs))
        chosen = tf.reduce_sum(logp * tf.one_hot(act, 3), axis=1)
        loss = -tf.reduce_mean(chosen * adv)
    grads = tape.gradient(loss, policy.trainable_variables)
    optimizer.apply_gradients(zip(grads, policy.trainable_variables))
    return loss


def draw(logits):
    g = rng.gumbel(size=logits.shape)
    return np.argmax(logits + g, axis=1)


env = Canal()
for it in range(70):
    obs = env.reset(BARGES)
    alive = np.ones(BARGES, bool)
    O, A, R, M = [], [], [], []
    for t in range(HORIZON):
        act = draw(forward(obs).numpy())
        nxt, rew, done = env.step(act)
        O.append(obs); A.append(act); R.append(rew); M.append(alive)
        obs, alive = nxt, ~done
    R, M = np.array(R), np.array(M)
    G = discounted(R)
    keep = M.reshape(-1)
    g = G.reshape(-1)[keep]
    g = (g - g.mean()) / (g.std() + 1e-6)
    loss = update(tf.constant(np.concatenate(O)[keep]), tf.constant(np.concatenate(A)[keep]),
                  tf.constant(g.astype("float32")))
    if it % 20 == 0:
        print(f"iteration {it}  loss {float(loss):.4f}  pay {R.sum() / BARGES:.2f}")

obs = env.reset(300)
for t in range(HORIZON):
    obs, _, done = env.step(draw(forward(obs).numpy()))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=arrived_share:{done.mean():.4f}")
