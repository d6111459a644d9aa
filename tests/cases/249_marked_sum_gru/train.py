import hashlib

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(53)

LENGTH = 24


def sequences(n):
    value = rng.uniform(0, 1, (n, LENGTH))
    mark = np.zeros((n, LENGTH))
    first = rng.integers(0, LENGTH // 2, n)
    second = rng.integers(LENGTH // 2, LENGTH, n)
    mark[np.arange(n), first] = 1
    mark[np.arange(n), second] = 1
    target = (value * mark).sum(axis=1, keepdims=True)
    return np.stack([value, mark], axis=-1).astype("float32"), target.astype("float32")


x_train, y_train = sequences(3000)
x_test, y_test = sequences(600)
model = keras.Sequential([keras.Input((LENGTH, 2)), layers.GRU(32), layers.Dense(1)])
optimizer = keras.optimizers.Adam(4e-3, clipnorm=1.0)
model.compile(optimizer=optimizer, loss="mse")
history = model.fit(x_train, y_train, validation_data=(x_test, y_test), epochs=12, batch_size=64, verbose=2)

rmse = float(np.sqrt(np.mean((model.predict(x_test, verbose=0) - y_test) ** 2)))

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{rmse}")
