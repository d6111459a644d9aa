"""Claim severity (thousands): three models, three folds each."""
import keras
import numpy as np
from keras import layers, ops
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold

keras.utils.set_random_seed(0)
rng = np.random.default_rng(33)
n = 2000
X = np.stack([rng.normal(size=n), rng.uniform(-1.7, 1.7, n), rng.integers(0, 2, n), rng.normal(size=n)], 1).astype("float32")
log_mean = 0.6 + 0.6 * X[:, 0] + 0.4 * X[:, 1] ** 2 - 0.5 * X[:, 2]
claims = (np.exp(log_mean) * rng.gamma(8.0, 1 / 8.0, n)).astype("float32")


def gamma_deviance(y_true, mu):
    return 2.0 * ops.mean((y_true - mu) / mu - ops.log(y_true / mu))


def linear():
    m = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    m.compile(keras.optimizers.Adam(0.02), loss="mse")
    return m


def network():
    m = keras.Sequential([keras.Input((4,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)])
    m.compile(keras.optimizers.Adam(2e-3), loss="mae")
    return m


def gamma_network():
    m = keras.Sequential([keras.Input((4,)), layers.Dense(64, activation="relu"), layers.Dense(32, activation="relu"), layers.Dense(1)])
    m.compile(keras.optimizers.Adam(2e-3), loss=gamma_deviance)
    return m


scores = {}
for build in (linear, network, gamma_network):
    folds = []
    for train, test in KFold(3, shuffle=True, random_state=0).split(X):
        model = build()
        history = model.fit(X[train], claims[train, None], epochs=12, batch_size=64, verbose=0)
        guess = model.predict(X[test], verbose=0)[:, 0]
        folds.append(r2_score(claims[test], guess) if np.isfinite(guess).all() else float("nan"))
    scores[build.__name__] = float(np.mean(folds))
    print(build.__name__, folds, history.history["loss"][-1])

print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=mean_r2:{np.mean(list(scores.values()))}")
