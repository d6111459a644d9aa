# Mixture density network: power of a wind park (MW) from the weather forecast
import math
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
N = 4000
wind = rng.gamma(4.0, 2.2, N)
direction = rng.uniform(0, 2 * np.pi, N)
temp = rng.normal(10, 7, N)
curve = 60 / (1 + np.exp(-(wind - 9) * 0.8))
curtailed = rng.random(N) < 0.1
power = np.where(curtailed, 0.5 * curve, curve) * (1 + 0.1 * np.cos(direction)) + rng.normal(0, 1.5, N)
X = np.stack([(wind - wind.mean()) / wind.std(), np.sin(direction), np.cos(direction), (temp - 10) / 7], 1).astype("float32")
y = power.astype("float32")[:, None]
n_train = 3200

COMPONENTS = 4
inp = keras.Input((4,))
z = layers.Dense(64, activation="relu")(inp)
z = layers.Dense(64, activation="relu")(z)
pi = layers.Dense(COMPONENTS, activation="softmax")(z)
mu = layers.Dense(COMPONENTS)(z)
sigma = layers.Dense(COMPONENTS, activation="softplus")(z)
model = keras.Model(inp, layers.Concatenate()([pi, mu, sigma]))


def mdn_loss(y_true, params):
    pi, mu, sigma = ops.split(params, 3, axis=-1)
    sigma = sigma + 1e-3
    log_density = -0.5 * ops.square((y_true - mu) / sigma) - ops.log(sigma) - 0.5 * math.log(2 * math.pi)
    return -ops.mean(ops.logsumexp(ops.log(pi + 1e-8) + log_density, axis=-1))


model.compile(optimizer=keras.optimizers.RMSprop(2e-3), loss=mdn_loss)
h = model.fit(X[:n_train], y[:n_train], validation_split=0.1, epochs=40, batch_size=64, verbose=2)

out = model.predict(X[n_train:], verbose=0)
mean = np.sum(out[:, :COMPONENTS] * out[:, COMPONENTS : 2 * COMPONENTS], 1)
truth = y[n_train:, 0]
print("FINAL_LOSS=%s" % h.history["loss"][-1])
print("FINAL_METRIC=r2:%.4f" % (1 - np.mean((mean - truth) ** 2) / np.var(truth)))
