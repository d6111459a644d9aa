"""A committee of small nets; every next member looks harder at what the last one got wrong."""
import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "breast_cancer.npz"))
order = np.random.default_rng(8).permutation(len(data["y"]))
x, y = data["x"][order], data["y"][order].astype("float32")
x = ((x - x[:380].mean(axis=0)) / x[:380].std(axis=0)).astype("float32")
x_train, y_train, x_test, y_test = x[:380], y[:380], x[380:], y[380:]

weights = np.ones(len(x_train), "float32")
vote = np.zeros(len(x_test))
for member in range(5):
    net = keras.Sequential(
        [keras.Input((30,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
    )
    net.compile(keras.optimizers.Adam(0.03), "binary_crossentropy")
    history = net.fit(x_train, y_train, sample_weight=weights, batch_size=64, epochs=30, verbose=0)
    wrong = (net.predict(x_train, verbose=0).ravel() > 0.5) != (y_train > 0.5)
    error = np.sum(weights * wrong) / np.sum(weights)
    error = np.clip(error, 1e-3, 1 - 1e-3)
    say = 0.5 * np.log((1 - error) / error)
    weights = weights * np.exp(say * np.where(wrong, 1.0, -1.0))
    weights = (weights / weights.mean()).astype("float32")
    vote += say * np.sign(net.predict(x_test, verbose=0).ravel() - 0.5)
    print(f"member {member + 1}: loss {history.history['loss'][-1]:.5f} error {error:.5f}")

accuracy = np.mean((vote > 0) == (y_test > 0.5))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
