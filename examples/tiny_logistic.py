"""Logistic regression on five points. Nothing is wrong here: it is merely slow."""

import keras
import numpy as np

keras.utils.set_random_seed(0)

x = np.array([[-1.0], [0.0], [0.5], [1.0], [2.0]])
y = np.array([0, 0, 1, 1, 0])

model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
history = model.fit(x, y, epochs=10, verbose=2)

print(f"final loss {history.history['loss'][-1]:.6g}")
