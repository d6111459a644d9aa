"""The level of a reservoir in six hours, from its levels of the last two days."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)

LAGS, AHEAD = 48, 6


def levels(n=3000):
    rng = np.random.default_rng(11)
    hour = np.arange(n)
    season = 9.0 * np.sin(2 * np.pi * hour / 2400.0)
    draw = 0.8 * np.sin(2 * np.pi * hour / 24.0)
    return 412.0 + season + draw + np.cumsum(0.05 * rng.normal(size=n))


series = levels().astype("float32")
starts = np.arange(len(series) - LAGS - AHEAD + 1)
x = series[starts[:, None] + np.arange(LAGS)]
y = series[starts + LAGS + AHEAD - 1]
split = 2200
centre, spread = x[:split].mean(), x[:split].std()
x, y = (x - centre) / spread, (y - centre) / spread

model = keras.Sequential(
    [keras.Input((LAGS,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)]
)
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse", metrics=["mae"])
fit = model.fit(x[:split], y[:split], epochs=10, batch_size=32, verbose=2)

forecast = model.predict(x[split:], verbose=0)[:, 0] * spread + centre
y = y * spread + centre
print(f"FINAL_LOSS={fit.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{np.sqrt(np.mean((forecast - y[split:]) ** 2))}")
