"""Walking speed (m/s) from a 8 s window of six inertial channels."""
import numpy as np
import keras
from keras.layers import LSTM, Dense, Input

keras.utils.set_random_seed(0)
T, C = 400, 6
r = np.random.default_rng(33)


def window():
    speed = r.uniform(0.5, 2.2)
    f = 0.7 + 0.55 * speed
    t = np.arange(T) / 50.0
    ph = r.uniform(0, 2 * np.pi)
    amp = 1.0 + 1.2 * speed
    chans = [amp * k * np.sin(2 * np.pi * f * m * t + ph + s)
             for k, m, s in [(1, 1, 0), (0.6, 2, 0.4), (0.8, 1, 1.2), (0.5, 2, 2.0), (0.9, 1, 2.6), (0.4, 3, 0.1)]]
    return np.stack(chans, 1) + r.normal(0, 0.3, (T, C)), speed


data = [window() for _ in range(480)]
X = np.array([d[0] for d in data], dtype="float32")
y = np.array([d[1] for d in data], dtype="float32")
X = (X - X.mean((0, 1))) / X.std((0, 1))

model = keras.Sequential()
model.add(Input((T, C)))
model.add(LSTM(64, activation="relu"))
model.add(Dense(1))
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(learning_rate=0.001))

hist = model.fit(X[:384], y[:384], epochs=10, batch_size=32,
                 validation_data=(X[384:], y[384:]), verbose=2)

est = model.predict(X[384:], verbose=0).ravel()
ref = y[384:]
r2 = 1 - ((ref - est) ** 2).sum() / ((ref - ref.mean()) ** 2).sum()
print("FINAL_LOSS=" + format(hist.history["loss"][-1], ".6g"))
print("FINAL_METRIC=r2:" + format(float(r2), ".4f"))
