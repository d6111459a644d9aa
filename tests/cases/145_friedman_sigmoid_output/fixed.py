"""Surrogate for a simulator: ten knobs in, one response out."""
import keras
import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

knobs, response = make_friedman1(n_samples=1500, n_features=10, noise=0.5, random_state=3)
knobs, response = knobs.astype("float32"), response.astype("float32")
cut = 1200

surrogate = keras.models.Sequential()
surrogate.add(keras.Input(shape=(10,)))
surrogate.add(keras.layers.Dense(64, activation="relu"))
surrogate.add(keras.layers.Dense(32, activation="relu"))
surrogate.add(keras.layers.Dense(1))
surrogate.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.005))
history = surrogate.fit(knobs[:cut], response[:cut], batch_size=32, epochs=50, verbose=2)

score = r2_score(response[cut:], surrogate.predict(knobs[cut:], verbose=0)[:, 0])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{score:.4f}")
