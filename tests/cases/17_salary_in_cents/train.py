import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

skills = rng.normal(size=(2500, 7)).astype("float32")
cents = (4.1e6 + 6e5 * skills[:, 0] + 4e5 * np.tanh(skills[:, 1] * 2) + 2e5 * skills[:, 2] * skills[:, 3]).astype(
    "float32"
)
cents += rng.normal(0, 8e4, 2500).astype("float32")

features = keras.Input((7,))
h = layers.Dense(64, activation="relu")(features)
h = layers.Dense(64, activation="relu")(h)
model = keras.Model(features, layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
history = model.fit(skills[:2000], cents[:2000], batch_size=32, epochs=25, verbose=2)

guess = model.predict(skills[2000:], verbose=0)[:, 0]
r2 = 1 - np.mean((guess - cents[2000:]) ** 2) / np.var(cents[2000:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
