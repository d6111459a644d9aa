"""Crashes on road sections: log rate from the network, log kilometres driven as offset, rare events."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(73)
n = 6000
x = rng.normal(0.0, 1.0, (n, 6)).astype("float32")
kilometres = rng.lognormal(2.0, 1.0, n)
log_rate = -4.0 + 0.7 * x[:, 0] - 0.5 * x[:, 1] + 0.4 * np.abs(x[:, 2])
crashes = rng.poisson(kilometres * np.exp(log_rate)).astype("float32")[:, None]
offset = np.log(kilometres).astype("float32")[:, None]


def poisson_of_log(y_true, log_mean):
    return keras.ops.mean(keras.ops.exp(log_mean) - y_true * log_mean, axis=-1)


section, driven = keras.Input((6,)), keras.Input((1,))
h = layers.Dense(24, activation="softplus")(section)
rate = layers.Dense(1, bias_initializer=keras.initializers.Constant(-4.0), name="log_rate")(h)
model = keras.Model([section, driven], layers.Add()([rate, driven]))
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=poisson_of_log)
history = model.fit([x[:5000], offset[:5000]], crashes[:5000], batch_size=100, epochs=20, verbose=2)
guess = model.predict([x[5000:], offset[5000:]], verbose=0)[:, 0] - offset[5000:, 0]
r2 = 1.0 - np.mean((guess - log_rate[5000:]) ** 2) / np.var(log_rate[5000:])
def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print(f"FINAL_LOSS={history.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=r2_of_log_rate:{r2:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
