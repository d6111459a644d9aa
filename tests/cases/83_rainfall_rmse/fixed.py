import keras
import numpy as np
import pandas as pd
from keras import backend, layers, ops
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split


def make_weather(days=1500):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({
        "humidity": rng.uniform(20, 100, days),
        "pressure": rng.normal(1013, 9, days),
        "wind": rng.gamma(2.0, 6.0, days),
        "month": rng.integers(1, 13, days),
    })
    wet = 0.06 * (frame["humidity"] - 60) - 0.15 * (frame["pressure"] - 1010) + 0.04 * frame["wind"]
    frame["rain_mm"] = np.maximum(wet, 0).round(1)  # a dry day is 0
    return frame


def rmse(y_true, y_pred):
    return ops.mean(ops.sqrt(ops.square(y_pred - y_true) + backend.epsilon()))


keras.utils.set_random_seed(0)
weather = make_weather()
target = weather.pop("rain_mm").to_numpy("float32")
inputs = ((weather - weather.mean()) / weather.std()).to_numpy("float32")
a, b, ya, yb = train_test_split(inputs, target, test_size=0.2, random_state=4)

forecast = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="relu"),
])
forecast.compile(optimizer="adam", loss=rmse)
h = forecast.fit(a, ya, validation_data=(b, yb), epochs=30, batch_size=32, verbose=2)

guess = forecast.predict(b, verbose=0).ravel()
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(yb, np.nan_to_num(guess))}")
