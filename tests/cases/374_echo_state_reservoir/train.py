# Mackey-Glass series ahead by six steps: a big random recurrent net that is never trained, and a linear read-out.
import hashlib

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.asarray(a).tobytes())
    return h.hexdigest()


series = list(1.2 + 0.1 * rng.normal(size=18))
for _ in range(4000):
    series.append(series[-1] + 0.2 * series[-18] / (1 + series[-18] ** 10) - 0.1 * series[-1])
series = np.array(series[500:], "float32") - 0.93

WINDOW, AHEAD, UNITS = 50, 6, 200
x = np.stack([series[i:i + WINDOW] for i in range(len(series) - WINDOW - AHEAD)])[..., None]
y = series[WINDOW + AHEAD - 1:-1][:len(x)]
x_train, y_train, x_test, y_test = x[:2400], y[:2400], x[2500:], y[2500:]


def spectral(radius):
    def make(shape, dtype=None):
        w = rng.normal(size=shape) * (rng.uniform(size=shape) < 0.1)
        return (w * radius / np.abs(np.linalg.eigvals(w)).max()).astype("float32")
    return make


reservoir = layers.SimpleRNN(
    UNITS, kernel_initializer=keras.initializers.RandomUniform(-2, 2, seed=1),
    recurrent_initializer=spectral(0.95), trainable=False)
model = keras.Sequential([
    keras.Input((WINDOW, 1)),
    reservoir,
    layers.Dense(1, kernel_initializer="zeros"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
history = model.fit(x_train, y_train, batch_size=64, epochs=15, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.mean((pred - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in model.optimizer.variables])}")
