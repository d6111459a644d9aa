import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

n = 4000
x = rng.normal(size=(n, 6)).astype("float32")
center = 1 / (1 + np.exp(-(0.7 * x[:, 0] - 0.5 * x[:, 1] + 0.4 * x[:, 2] * x[:, 3] - 0.4)))
share = rng.beta(8 * center, 8 * (1 - center))
share = np.round(share, 2)
owner = rng.random(n) < 0.02
share[owner] = 0.0
y = share.astype("float32")[:, None]

x_train, x_test = x[:3000], x[3000:]
y_train, y_test = y[:3000], y[3000:]


def beta_nll(y_true, y_pred):
    a, b = y_pred[:, 0:1], y_pred[:, 1:2]
    norm = tf.math.lgamma(a) + tf.math.lgamma(b) - tf.math.lgamma(a + b)
    log_density = (a - 1.0) * ops.log(y_true) + (b - 1.0) * ops.log(1.0 - y_true)
    return ops.mean(norm - log_density, axis=-1)


inputs = keras.Input((6,))
h = layers.Dense(48, activation="relu")(inputs)
h = layers.Dense(48, activation="relu")(h)
outputs = layers.Dense(2, activation="softplus")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=beta_nll)
history = model.fit(x_train, y_train, epochs=30, batch_size=64, verbose=2)

pred = model.predict(x_test, verbose=0)
mean = pred[:, 0] / (pred[:, 0] + pred[:, 1])
rmse = np.sqrt(np.mean((mean - y_test[:, 0]) ** 2))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{rmse}")
