"""Distribution of tomorrow's return: Student t with a location, a scale and a tail weight."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(102)

N = 6000
vol = np.zeros(N)
r = np.zeros(N)
vol[0] = 0.01
for i in range(1, N):
    vol[i] = np.sqrt(2e-6 + 0.12 * r[i - 1] ** 2 + 0.84 * vol[i - 1] ** 2)
    r[i] = vol[i] * rng.standard_t(3.5) * 0.75
LAGS = 15
x = np.stack([np.log(np.abs(r[LAGS - 1 - k:N - 1 - k]) + 1e-4) for k in range(LAGS)], axis=1)
x = ((x - x.mean()) / x.std()).astype("float32")
y = r[LAGS:].astype("float32")[:, None]
x_train, y_train, x_test, y_test = x[:4500], y[:4500], x[4500:], y[4500:]


def student_nll(y, out):
    loc = 0.01 * out[:, 0:1]
    scale = 0.01 * tf.nn.softplus(out[:, 1:2]) + 1e-4
    df = 2.0 + tf.nn.softplus(out[:, 2:3])
    z = (y - loc) / scale
    return (tf.math.lgamma(df / 2) - tf.math.lgamma((df + 1) / 2) + 0.5 * tf.math.log(np.pi * df)
            + tf.math.log(scale) + 0.5 * (df + 1) * tf.math.log1p(z ** 2 / df))


model = keras.Sequential([
    keras.Input((LAGS,)),
    layers.Dense(24, activation="tanh"),
    layers.Dense(3),
])
model.compile(optimizer=keras.optimizers.Adam(0.002), loss=student_nll)
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(4500, seed=1).batch(32)
history = model.fit(batches, epochs=15, verbose=2)
nll = model.evaluate(x_test, y_test, verbose=0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=nll:{nll}")
