import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(42)

income = rng.lognormal(0.0, 1.5, (2500, 4)).astype("float32")
tax = (np.log1p(income) @ np.array([0.5, 0.2, -0.4, 0.1]) + 0.05 * rng.normal(size=2500)).astype("float32")

inputs = keras.Input((4,))
h = layers.BatchNormalization()(inputs)
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(24, activation="relu")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="huber")
history = model.fit(income[:2000], tax[:2000], batch_size=32, epochs=20, verbose=2)

guess = model.predict(income[2000:], verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - tax[2000:]) ** 2) / np.var(tax[2000:]):.4f}")
