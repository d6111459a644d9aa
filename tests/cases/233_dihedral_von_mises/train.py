import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

n = 4000
residue = rng.integers(0, 8, size=n)
context = rng.normal(size=(n, 4)).astype("float32")
center = -2.5 + 0.7 * residue + 0.5 * np.tanh(context[:, 0] + context[:, 1])
width = np.where(residue < 3, 0.03, 0.3)
angle = center + width * rng.normal(size=n)
angle = (np.mod(angle + np.pi, 2 * np.pi) - np.pi).astype("float32")[:, None]
x = np.concatenate([np.eye(8)[residue], context], axis=1).astype("float32")

x_train, x_test = x[:3000], x[3000:]
y_train, y_test = angle[:3000], angle[3000:]


def von_mises_nll(y_true, y_pred):
    direction = tf.math.l2_normalize(y_pred[:, :2], axis=-1, epsilon=1e-8)
    kappa = tf.nn.softplus(y_pred[:, 2:3]) + 1e-3
    cosine = direction[:, :1] * tf.cos(y_true) + direction[:, 1:] * tf.sin(y_true)
    log_norm = tf.math.log(2 * np.pi * tf.math.bessel_i0(kappa))
    return tf.reduce_mean(log_norm - kappa * cosine, axis=-1)


model = keras.Sequential([
    keras.Input((12,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(3),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=von_mises_nll, jit_compile=False)
history = model.fit(x_train, y_train, epochs=60, batch_size=64, verbose=2)

pred = model.predict(x_test, verbose=0)
mu = np.arctan2(pred[:, 1], pred[:, 0])
gap = np.angle(np.exp(1j * (mu - y_test[:, 0])))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=angle_rmse:{np.sqrt(np.mean(gap ** 2))}")
