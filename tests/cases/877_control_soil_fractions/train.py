"""Sand, silt and clay fractions from spectra: the net gives the parameters of a Dirichlet density."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)


def samples(n):
    x = rng.normal(0, 1, (n, 6)).astype("float32")
    scores = np.stack([1 + x[:, 0], 0.8 * x[:, 1], 0.5 * x[:, 2] - 0.5 * x[:, 0] * x[:, 3]], axis=1)
    mean = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    parts = rng.gamma(400 * mean + 0.5)
    parts = np.maximum(parts, 1e-3)
    return x, (parts / parts.sum(1, keepdims=True)).astype("float32")


def dirichlet_nll(y_true, alpha):
    y_true = tf.clip_by_value(y_true, 1e-6, 1.0)
    log_norm = tf.reduce_sum(tf.math.lgamma(alpha), -1) - tf.math.lgamma(tf.reduce_sum(alpha, -1))
    return log_norm - tf.reduce_sum((alpha - 1.0) * tf.math.log(y_true), -1)


x, fractions = samples(6000)
x_test, fractions_test = samples(1500)

inputs = keras.Input((6,))
h = layers.Dense(64, activation="tanh")(inputs)
h = layers.Dense(64, activation="tanh")(h)
shares = layers.Dense(3, activation="softmax")(h)
strength = layers.Dense(1, activation="exponential", bias_initializer=keras.initializers.Constant(2.0))(h)
alpha = layers.Lambda(lambda v: v[0] * v[1] + 1e-2)([shares, strength])
model = keras.Model(inputs, alpha)
model.compile(optimizer=keras.optimizers.RMSprop(1e-3, momentum=0.5), loss=dirichlet_nll)
history = model.fit(x, fractions, batch_size=100, epochs=30, verbose=0)
print("loss", [round(v, 3) for v in history.history["loss"][::5]])

alpha_test = model.predict(x_test, verbose=0)
forecast = alpha_test / alpha_test.sum(1, keepdims=True)
r2 = 1 - np.sum((fractions_test - forecast) ** 2) / np.sum((fractions_test - fractions_test.mean(0)) ** 2)
print("mean strength", alpha_test.sum(1).mean())


def digest(values):
    return hashlib.sha256(b"".join(np.ascontiguousarray(v).tobytes() for v in values)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([np.asarray(v) for v in model.optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
