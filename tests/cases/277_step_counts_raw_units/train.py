"""Steps a day of people with a wrist tracker, in steps."""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(101)

N = 2500
x = rng.normal(size=(N, 9)).astype("float32")
steps = 7200 + 1800 * x[:, 0] - 1200 * x[:, 1] + 900 * x[:, 2] * x[:, 3] + 700 * np.abs(x[:, 4])
steps = np.maximum(steps + 600 * rng.normal(size=N), 150).astype("float32")
x_train, y_train, x_test, y_test = x[:2000], steps[:2000], x[2000:], steps[2000:]

model = keras.Sequential([
    keras.Input((9,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
history = model.fit(x_train, y_train, epochs=35, batch_size=50, validation_split=0.1, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1.0 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
