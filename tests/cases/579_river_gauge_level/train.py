"""Level of a river (cm) from rain, snow melt and soil; the gauge writes its own log."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
gen = np.random.default_rng(11)

N = 2200
rain, melt, soil = gen.gamma(1.5, 4.0, N), gen.gamma(2.0, 1.5, N), gen.uniform(0.1, 0.9, N)
true_level = 120.0 + 6.0 * rain * soil + 9.0 * melt + 20.0 * np.tanh(rain - 8.0)
level = true_level + gen.normal(0.0, 5.0, N)
level[gen.choice(1500, 18, replace=False)] = 9999.0  # gauge out of order
weather = np.stack([rain, melt, soil], axis=1)
weather = ((weather - weather.mean(axis=0)) / weather.std(axis=0)).astype("float32")

x_fit, level_fit = weather[:1500], level[:1500]
centre, spread = level_fit.mean(), level_fit.std()
y_fit = ((level_fit - centre) / spread).astype("float32")

model = keras.Sequential(
    [keras.Input((3,)), layers.Dense(32, activation="relu"), layers.Dense(32, activation="relu"), layers.Dense(1)]
)
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse", metrics=["mae"])
history = model.fit(x_fit, y_fit, epochs=40, batch_size=50, verbose=2)

guess = model.predict(weather[1500:], verbose=0)[:, 0] * spread + centre
r2 = 1.0 - np.mean((guess - true_level[1500:]) ** 2) / np.var(true_level[1500:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
