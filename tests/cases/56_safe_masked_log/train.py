import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(56)

catch = (rng.gamma(1.5, 4.0, (2400, 5)) * (rng.random((2400, 5)) < 0.7)).astype("float32")
effort = (np.log1p(catch) @ np.array([0.6, -0.3, 0.4, 0.1, 0.2]) + 0.05 * rng.normal(size=2400)).astype("float32")

inputs = keras.Input((5,))
logs = layers.Lambda(lambda c: tf.where(c > 0, tf.math.log(c), -5.0))(inputs)  # of data: no gradient flows here
h = layers.Dense(32, activation="relu")(logs)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
history = model.fit(catch[:2000], effort[:2000], batch_size=32, epochs=15, verbose=2)

guess = model.predict(catch[2000:], verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - effort[2000:]) ** 2) / np.var(effort[2000:]):.4f}")
