import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(54)

n = 6000
x = rng.normal(size=(n, 8)).astype("float32")
signal = 4 * x[:, 0] + 3 * np.maximum(x[:, 1], 0) - 2 * x[:, 2] * x[:, 3]
y = (20 + signal + 2.0 * rng.standard_t(1.6, size=n)).astype("float32")[:, None]
print(f"largest target {np.abs(y).max():.0f}, median {np.median(y):.1f}")

data = tf.data.Dataset.from_tensor_slices((x[:5000], y[:5000]))
data = data.shuffle(5000, seed=3).repeat().batch(64).prefetch(1)
model = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1, bias_initializer=keras.initializers.Constant(20.0)),
])
optimizer = keras.optimizers.Adam(1e-3)
model.compile(optimizer=optimizer, loss=keras.losses.Huber(delta=3.0), metrics=["mse"])
history = model.fit(data, steps_per_epoch=78, epochs=25, verbose=2)

pred = model.predict(x[5000:], verbose=0)[:, 0]
rmse = float(np.sqrt(np.mean((pred - 20 - signal[5000:]) ** 2)))

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=signal_rmse:{rmse}")
