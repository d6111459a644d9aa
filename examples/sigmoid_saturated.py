"""A sigmoid layer on inputs up to 100: every unit saturates at once."""

import keras
import numpy as np

keras.utils.set_random_seed(0)

x = np.random.rand(100, 10) * 100
y = np.random.rand(100, 1)

model = keras.Sequential([keras.layers.Dense(128, activation="sigmoid"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
history = model.fit(x, y, epochs=10, verbose=2)

print(f"final loss {history.history['loss'][-1]:.6g}")
