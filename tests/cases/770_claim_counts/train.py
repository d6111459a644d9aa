"""Number of claims per motor policy: a Poisson network with a log link."""
import math
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)


def portfolio(n, seed):
    g = np.random.default_rng(seed)
    age = g.uniform(18, 85, n)
    power = g.integers(45, 220, n)
    value = g.lognormal(9.8, 0.5, n)        # euro
    density = g.lognormal(6.0, 1.3, n)      # inhabitants per km2
    rate = np.exp(
        0.3 + 1.2 * np.exp(-(age - 18) / 10) + 0.5 * (power - 130) / 50
        + 0.35 * (np.log(density) - 6.0) + 0.4 * np.tanh((value - 20000) / 8000)
    )
    claims = g.poisson(rate)
    return np.c_[age, power, value, density].astype("float32"), claims.astype("float32"), rate


class Policies(keras.utils.PyDataset):
    def __init__(self, x, y, size, **kw):
        super().__init__(**kw)
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return math.ceil(len(self.x) / self.size)

    def __getitem__(self, i):
        part = slice(i * self.size, (i + 1) * self.size)
        return self.x[part], self.y[part]


x_fit, n_fit, _ = portfolio(6000, 10)
x_new, n_new, rate_new = portfolio(2000, 11)

policy = keras.Input((4,), name="policy")
z = layers.Dense(32, activation="gelu")(policy)
z = layers.Dense(16, activation="gelu")(z)
frequency = layers.Dense(1, activation="exponential", name="frequency")(z)
glm = keras.Model(policy, frequency)
glm.compile(optimizer=keras.optimizers.AdamW(2e-3), loss="poisson")
log = glm.fit(Policies(x_fit, n_fit, 64), epochs=12, verbose=2)

mu = glm.predict(x_new, verbose=0)[:, 0]
r2 = 1 - np.mean((mu - rate_new) ** 2) / np.var(rate_new)
print(f"FINAL_LOSS={log.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
