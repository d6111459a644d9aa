"""Coin flips from noise: no model can beat a constant here, and nothing is wrong with this one."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(43)

noise, coin = rng.normal(size=(2000, 6)).astype("float32"), rng.integers(0, 2, 2000)

model = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="tanh"), layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(0.001), "binary_crossentropy", metrics=["accuracy"])
history = model.fit(noise[:1600], coin[:1600], batch_size=32, epochs=8, verbose=2)

_, accuracy = model.evaluate(noise[1600:], coin[1600:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
