"""Levels at three river gauges, a day ahead, from upstream readings and rain."""

import numpy as np
import keras
from keras import layers
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
rng = np.random.default_rng(303)

upstream = rng.gamma(6.0, 0.5, size=(1800, 4))
rain = rng.exponential(1.0, size=(1800, 2))
X = np.hstack([upstream, rain])
route = np.array([[0.6, 0.1, 0.0], [0.3, 0.5, 0.1], [0.0, 0.3, 0.5], [0.1, 0.0, 0.4], [0.5, 0.2, 0.1], [0.0, 0.4, 0.6]])
levels = X @ route + 0.3 * np.sqrt(rain.sum(1, keepdims=True)) + 0.1 * rng.normal(size=(1800, 3))

X_train, X_test, y_train, y_test = train_test_split(X, levels, test_size=300, random_state=2)
X_test = (X_test - X_train.mean(0)) / X_train.std(0)
X_train = (X_train - X_train.mean(0)) / X_train.std(0)

model = keras.models.Sequential()
model.add(layers.Input((6,)))
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(3))
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
out = model.fit(X_train, y_train, validation_split=0.1, epochs=40, batch_size=32, verbose=2)

r2 = r2_score(y_test, model.predict(X_test, verbose=0))
print(f"FINAL_LOSS={out.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
