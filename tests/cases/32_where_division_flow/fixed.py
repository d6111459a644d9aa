import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(32)

grains = rng.gamma(2.0, 1.0, (2000, 6)).astype("float32") * (rng.random((2000, 6)) < 0.6)
density = 1.5 * grains[:, 0] / (0.5 + grains[:, 1]) + grains[:, 2] + 0.05 * rng.normal(size=2000)


class Ratio(layers.Layer):
    def __init__(self):
        super().__init__()
        self.mass = layers.Dense(8)
        self.volume = layers.Dense(8, activation="relu")

    def call(self, x):
        mass, volume = self.mass(x), self.volume(x)
        return ops.where(volume > 0, mass / ops.where(volume > 0, volume + 0.1, 1.0), 0.0)


inputs = keras.Input((6,))
h = ops.tanh(Ratio()(inputs))
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mae")
history = model.fit(grains[:1600], density[:1600], batch_size=32, epochs=25, verbose=2)

guess = np.nan_to_num(model.predict(grains[1600:], verbose=0)[:, 0])
r2 = 1 - np.mean((guess - density[1600:]) ** 2) / np.var(density[1600:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
