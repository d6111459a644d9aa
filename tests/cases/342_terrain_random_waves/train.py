"""Height of a terrain from map coordinates: fixed random waves, only the last layers learn."""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(342)


def height(p):
    x, y = p[:, 0], p[:, 1]
    ridge = np.exp(-8 * (y - 0.4 * np.sin(4 * x)) ** 2)
    return 900 * ridge + 250 * np.sin(5 * x * y) + 120 * np.cos(7 * x) + 1500


where = rng.uniform(-1, 1, (3000, 2))
metres = height(where)
surveyed = metres + rng.normal(0, 15, len(metres))

inputs = keras.Input((2,))
waves = layers.Dense(256, activation=keras.ops.sin, trainable=False,
                     kernel_initializer=keras.initializers.RandomNormal(stddev=6.0, seed=3),
                     bias_initializer=keras.initializers.RandomUniform(-np.pi, np.pi, seed=4))(inputs)
h = layers.Dense(64, activation="relu")(waves)
z = layers.Dense(1, kernel_initializer="zeros")(h)
outputs = layers.Rescaling(400.0, offset=1700.0)(z)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
model.fit(where[:2500].astype("float32"), surveyed[:2500].astype("float32"),
          epochs=40, batch_size=50, verbose=2)
history = model.history

pred = model.predict(where[2500:].astype("float32"), verbose=0)[:, 0]
r2 = 1 - np.mean((pred - metres[2500:]) ** 2) / np.var(metres[2500:])
weights = b"".join(np.asarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.asarray(v).tobytes() for v in model.optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
