"""Carbon dioxide in an open-plan office: the next quarter of an hour from the last five hours."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

WINDOW, N = 20, 2400
t = np.arange(N)
people = np.clip(np.sin(2 * np.pi * (t - 30) / 96), 0.0, None) * (1.0 + 0.3 * np.sin(2 * np.pi * t / 480))
drift = np.convolve(rng.normal(0.0, 1.0, N), np.ones(12) / 12.0, mode="same")
ppm = (480.0 + 620.0 * people + 60.0 * drift + rng.normal(0.0, 8.0, N)).astype("float32")

x = np.stack([ppm[i : i + WINDOW] for i in range(N - WINDOW)])[..., None]
y = ppm[WINDOW:]
cut = 1900
x_train, y_train, x_test, y_test = x[:cut], y[:cut], x[cut:], y[cut:]

forecaster = keras.Sequential([keras.Input((WINDOW, 1)), layers.LSTM(32), layers.Dense(1)])
forecaster.compile(optimizer="adam", loss="mse")
history = forecaster.fit(x_train, y_train, epochs=12, batch_size=32, verbose=2)

ahead = forecaster.predict(x_test, verbose=0)[:, 0]
r2 = 1.0 - np.mean((ahead - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
