"""Joint angles of a two-link arm from the place of the gripper, as a mixture of normal densities."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

L1, L2 = 1.0, 0.8
COMPONENTS = 5


def gripper(q):
    x = L1 * np.cos(q[:, 0]) + L2 * np.cos(q[:, 0] + q[:, 1])
    y = L1 * np.sin(q[:, 0]) + L2 * np.sin(q[:, 0] + q[:, 1])
    return np.stack([x, y], 1)


def make(n):
    q = np.stack([rng.uniform(-2.2, 2.2, n),
                  rng.uniform(0.7, 2.2, n) * rng.choice([-1, 1], n)], 1)
    place = gripper(q) + rng.normal(0, 0.01, (n, 2))
    return place.astype("float32"), q.astype("float32")


x, q = make(8000)
x_test, _ = make(1500)


class ReachNet(keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k
        self.h1 = layers.Dense(64, activation="tanh")
        self.h2 = layers.Dense(64, activation="tanh")
        # start at the standard normal density with equal shares
        self.share = layers.Dense(k, kernel_initializer="zeros")
        self.centre = layers.Dense(2 * k)
        self.spread = layers.Dense(2 * k, kernel_initializer="zeros")

    def call(self, x):
        h = self.h2(self.h1(x))
        return ops.concatenate([self.share(h), self.centre(h), self.spread(h)], axis=-1)

    def parts(self, out):
        k = self.k
        share = out[:, :k]
        centre = ops.reshape(out[:, k:3 * k], (-1, k, 2))
        log_sd = ops.clip(ops.reshape(out[:, 3 * k:], (-1, k, 2)), -4.0, 3.0)
        return share, centre, log_sd


model = ReachNet(COMPONENTS)


def nll(q, out):
    share, centre, log_sd = model.parts(out)
    z = (q[:, None, :] - centre) * ops.exp(-log_sd)
    log_comp = ops.sum(-0.5 * z ** 2 - log_sd - 0.5 * np.log(2 * np.pi), axis=-1)
    return -ops.logsumexp(ops.log_softmax(share) + log_comp, axis=-1)


model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=nll)
hist = model.fit(x, q, batch_size=128, epochs=30, verbose=2)

share, centre, log_sd = [ops.convert_to_numpy(v) for v in model.parts(model.predict(x_test, verbose=0))]
pick = np.argmax(share + rng.gumbel(size=share.shape), 1)
row = np.arange(len(pick))
draws = centre[row, pick] + np.exp(log_sd[row, pick]) * rng.normal(size=(len(pick), 2))
reach = np.linalg.norm(gripper(draws) - x_test, axis=1)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=within_15cm:{np.mean(reach < 0.15):.4f}")
