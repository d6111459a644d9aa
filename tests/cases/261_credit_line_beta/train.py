"""Share of the credit line that a customer will have drawn at default (beta regression)."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

N = 3000
x = rng.normal(size=(N, 8)).astype("float32")
eta = 0.9 * x[:, 0] - 0.7 * x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + 0.3 * np.abs(x[:, 4])
mean = 1.0 / (1.0 + np.exp(-eta))
share = rng.beta(6.0 * mean, 6.0 * (1.0 - mean))
share = np.round(np.clip(share * 1.04 - 0.02, 0.0, 1.0), 3).astype("float32")

x_train, y_train = x[:2400], share[:2400, None]
x_test, y_test = x[2400:], share[2400:]


def beta_nll(y, out):
    mu = tf.sigmoid(out[:, 0:1])
    phi = tf.nn.softplus(out[:, 1:2]) + 1.0
    a, b = mu * phi, (1.0 - mu) * phi
    norm = tf.math.lgamma(a) + tf.math.lgamma(b) - tf.math.lgamma(a + b)
    return norm - (a - 1.0) * tf.math.log(y) - (b - 1.0) * tf.math.log(1.0 - y)


model = keras.Sequential([
    keras.Input((8,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(2),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss=beta_nll)
history = model.fit(x_train, y_train, epochs=20, batch_size=64, verbose=2)

pred = 1.0 / (1.0 + np.exp(-model.predict(x_test, verbose=0)[:, 0]))
r2 = 1.0 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
