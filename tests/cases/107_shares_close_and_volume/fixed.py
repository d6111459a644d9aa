"""Tomorrow's close from thirty days of close and volume."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)

DAYS = 30


def load(n=900):
    rng = np.random.default_rng(3)
    close = 180.0 * np.exp(np.cumsum(0.0012 + 0.012 * rng.normal(size=n)))
    volume = np.round(2.0e6 * np.exp(0.4 * rng.normal(size=n)))
    return np.stack([close, volume], axis=1).astype("float32")


history = load()
learnt = history[: int(0.85 * (len(history) - DAYS))]
centre, spread = learnt.mean(axis=0), learnt.std(axis=0)
history = (history - centre) / spread
x = np.stack([history[day : day + DAYS] for day in range(len(history) - DAYS)])
y = history[DAYS:, 0]
split = int(0.85 * len(x))

model = keras.Sequential(
    [
        keras.Input((DAYS, 2)),
        layers.LSTM(32, return_sequences=True),
        layers.LSTM(32),
        layers.Dense(1),
    ]
)
model.compile(optimizer="adam", loss="mse")
fit = model.fit(x[:split], y[:split], validation_data=(x[split:], y[split:]), epochs=8, batch_size=32, verbose=2)

forecast = model.predict(x[split:], verbose=0)[:, 0] * spread[0] + centre[0]
y = y * spread[0] + centre[0]
print(f"FINAL_LOSS={fit.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{np.sqrt(np.mean((forecast - y[split:]) ** 2))}")
