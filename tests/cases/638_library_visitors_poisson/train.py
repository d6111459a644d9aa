"""Visitors per hour in a town library. Counts, hence the Poisson loss."""
import numpy as np
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)

n = 5000
hour = rng.integers(9, 20, n)
weekday = rng.integers(0, 6, n)
rain = rng.gamma(0.7, 1.5, n)
temp = rng.normal(12, 8, n)
exam = rng.integers(0, 2, n)
rate = np.exp(3.1 + 0.5 * np.sin((hour - 9) / 11 * np.pi) + 0.25 * (weekday == 5)
              + 0.08 * np.minimum(rain, 5) - 0.02 * np.abs(temp - 15) + 0.55 * exam * (hour > 14))
visitors = rng.poisson(rate)

features = np.column_stack([np.sin(np.pi * (hour - 9) / 11), np.cos(np.pi * (hour - 9) / 11),
                            weekday == 5, rain, temp, exam]).astype("float64")
X_train, X_test = features[:4000], features[4000:]
y_train, y_test = visitors[:4000].astype("float64"), visitors[4000:].astype("float64")

x_scaler = StandardScaler().fit(X_train)
y_scaler = StandardScaler().fit(y_train[:, None])
X_train, X_test = x_scaler.transform(X_train), x_scaler.transform(X_test)
t_train = y_scaler.transform(y_train[:, None])

model = keras.Sequential([
    keras.Input((X_train.shape[1],)),
    layers.Dense(48, activation="relu"),
    layers.Dense(24, activation="relu"),
    layers.Dense(1, activation="softplus"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="poisson", metrics=["mae"])
history = model.fit(X_train, t_train, epochs=40, batch_size=64, validation_split=0.1, verbose=2)

pred = y_scaler.inverse_transform(model.predict(X_test, verbose=0))[:, 0]
r2 = 1 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print("mean of the forecast", pred.mean(), "mean of the counts", y_test.mean())
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
