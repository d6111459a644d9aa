import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)

N_TRAIN, N_TEST = 6000, 3000


def make(n):
    pressure = rng.normal(1013, 9, n)
    tendency = rng.normal(0, 3, n)
    humidity = np.clip(rng.normal(74, 13, n), 20, 100)
    wind = rng.uniform(0, 2 * np.pi, n)
    logit = -0.055 * (pressure - 1013) - 0.18 * tendency + 0.03 * (humidity - 74) + 0.6 * np.cos(wind - 4.0) - 0.4
    p = 1 / (1 + np.exp(-logit))
    rain = (rng.uniform(size=n) < p).astype("float32")
    x = np.stack([(pressure - 1013) / 9, tendency / 3, (humidity - 74) / 13, np.sin(wind), np.cos(wind)], 1)
    return x.astype("float32"), rain[:, None], p


x_train, y_train, _ = make(N_TRAIN)
x_test, y_test, p_test = make(N_TEST)
print("share of rainy days:", round(float(y_train.mean()), 3))

train = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
         .shuffle(N_TRAIN, seed=0).batch(100).prefetch(1))

model = keras.Sequential([
    layers.Input((5,)),
    layers.Dense(24, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(12, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
optimizer = keras.optimizers.Nadam(1e-3)
model.compile(optimizer=optimizer, loss=keras.losses.MeanSquaredError(name="brier"))
history = model.fit(train, epochs=25, verbose=2)

p_hat = model.predict(x_test, verbose=0)[:, 0]
error = np.sqrt(np.mean((p_hat - p_test) ** 2))
print(f"brier score, model {np.mean((p_hat - y_test[:, 0]) ** 2):.4f}, "
      f"true chance {np.mean((p_test - y_test[:, 0]) ** 2):.4f}")

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=rmse_of_chance:{error:.6f}")
