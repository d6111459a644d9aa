"""Forecast of the bicycles hired in the next 6 half-hours from the last two days (encoder and decoder)."""
import keras
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

keras.utils.set_random_seed(0)
PAST, AHEAD = 96, 6
DAYS = 40


def hires():
    r = np.random.default_rng(8)
    t = np.arange(DAYS * 48)
    hour = (t % 48) / 2.0
    rush = np.exp(-((hour - 8) ** 2) / 3) + 1.2 * np.exp(-((hour - 17.5) ** 2) / 5) + 0.15
    weekday = np.where((t // 48) % 7 < 5, 1.0, 0.6)
    weather = 1.0 + 0.15 * np.sin(t / 150.0)
    return 9000 * rush * weekday * weather * np.exp(r.normal(0, 0.05, len(t)))


counts = hires().astype("float32")
windows = sliding_window_view(counts, PAST + AHEAD)[::3]
past, ahead = windows[:, :PAST, None], windows[:, PAST:, None]
cut = int(len(windows) * 0.8)

seq = keras.Sequential(
    [
        keras.layers.Input((PAST, 1)),
        keras.layers.LSTM(48, activation="relu"),
        keras.layers.RepeatVector(AHEAD),
        keras.layers.LSTM(48, activation="relu", return_sequences=True),
        keras.layers.TimeDistributed(keras.layers.Dense(1)),
    ]
)
seq.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.003))
fitted = seq.fit(past[:cut], ahead[:cut], epochs=20, batch_size=32, verbose=2)

forecast = seq.predict(past[cut:], verbose=0)
truth = ahead[cut:]
print(f"FINAL_LOSS={fitted.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - ((forecast - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum():.4f}")
