"""Hourly bicycle hire from the last day's hires and the weather."""

import numpy as np
from keras import Input, Sequential, layers, optimizers, utils

utils.set_random_seed(0)
rng = np.random.default_rng(2012)

hours = np.arange(4000)
temp = (
    14
    + 9 * np.sin(2 * np.pi * hours / 2400)
    + 5 * np.sin(2 * np.pi * (hours - 9) / 24)
    + rng.normal(0, 1.0, hours.size)
)
wet = 62 - 1.5 * (temp - 14) + rng.normal(0, 6, hours.size)
rush = 180 * np.exp(-((hours % 24 - 8) ** 2) / 4) + 230 * np.exp(-((hours % 24 - 17.5) ** 2) / 6)
hire = np.maximum(0, 40 + 6 * temp + rush * (1 + temp / 40) - 0.8 * wet + rng.normal(0, 12, hours.size)).round()

WINDOW = 24
series = np.column_stack([hire, temp, wet])
X = np.stack([series[i : i + WINDOW] for i in range(len(series) - WINDOW)])
y = hire[WINDOW:]
split = 3200
X_train, X_test, y_train, y_test = X[:split], X[split:], y[:split], y[split:]

model = Sequential()
model.add(Input((WINDOW, 3)))
model.add(layers.Conv1D(32, 3, activation="relu"))
model.add(layers.Conv1D(32, 3, activation="relu"))
model.add(layers.Flatten())
model.add(layers.Dense(50, activation="relu"))
model.add(layers.Dense(1))
model.compile(loss="mean_squared_error", optimizer=optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True))
history = model.fit(X_train, y_train, epochs=10, batch_size=64, validation_split=0.1, verbose=2)

forecast = model.predict(X_test, verbose=0).flatten()
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((forecast - y_test) ** 2) / np.var(y_test):.4f}")
