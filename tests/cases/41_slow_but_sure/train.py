import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

x = rng.normal(size=(1500, 5)).astype("float32")
y = x @ np.array([1.0, -2.0, 0.5, 0.0, 3.0]) + 0.1 * rng.normal(size=1500)

model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.0003), loss="mse")
history = model.fit(x, y, batch_size=16, epochs=15, verbose=2)

guess = model.predict(x, verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - y) ** 2) / np.var(y):.4f}")
