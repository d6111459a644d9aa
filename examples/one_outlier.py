"""One entry of the table is 1e10: the loss starts beyond 1e15 and never comes back."""

import keras
import numpy as np

keras.utils.set_random_seed(0)

x = np.random.rand(100, 10)
x[0, 0] = 1e10
y = np.random.rand(100, 1)

model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
history = model.fit(x, y, epochs=10, verbose=2)

print(f"final loss {history.history['loss'][-1]:.6g}")
