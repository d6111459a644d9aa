import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(30)

site = rng.normal(size=(2500, 8)).astype("float32")
rate = np.exp(0.8 * np.tanh(site[:, 0]) + 0.5 * site[:, 1] - 0.5)
visits = rng.poisson(rate).astype("float32")

inputs = keras.Input((8,))
h = layers.Dense(32, activation="relu")(inputs)
h = layers.Dense(16, activation="relu")(h)
model = keras.Model(inputs, layers.Dense(1, activation="softplus")(h))
model.compile(optimizer="adam", loss=keras.losses.Poisson())
history = model.fit(site[:2000], visits[:2000], batch_size=32, epochs=20, verbose=2)

guess, truth = np.maximum(np.nan_to_num(model.predict(site[2000:], verbose=0)[:, 0]), 1e-6), rate[2000:]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=deviance:{2 * np.mean(truth * np.log(truth / guess) - truth + guess):.4f}")
