import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

signal = rng.uniform(-1, 1, (1500, 20, 1)).astype("float32")
echo = 0.7 * signal[:, -3, 0] - 0.4 * signal[:, -1, 0] + 0.02 * rng.normal(size=1500)

model = keras.Sequential([keras.Input((20, 1)), layers.GRU(16), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=3.0), loss="mse")
history = model.fit(signal[:1200], echo[:1200], batch_size=32, epochs=15, verbose=2)

guess = model.predict(signal[1200:], verbose=0)[:, 0]
r2 = 1 - np.mean((guess - echo[1200:]) ** 2) / np.var(echo[1200:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
