"""Leaks in ventilation ducts from six sensors; few of the readings are of a leak, so the F1 score is trained on."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)


def readings(n):
    flow, pressure, hum = rng.normal(size=(3, n))
    others = rng.normal(size=(3, n))
    score = 1.4 * pressure - flow * hum - 1.1
    leak = score + 0.3 * rng.normal(size=n) > 0
    return np.stack([flow, pressure, hum, *others], 1).astype("float32"), leak.astype("float32")[:, None]


x, y = readings(4000)
x_test, y_test = readings(1500)


def f1_loss(y_true, y_pred):
    tp = tf.reduce_sum(y_true * y_pred)
    fp = tf.reduce_sum((1 - y_true) * y_pred)
    fn = tf.reduce_sum(y_true * (1 - y_pred))
    return 1 - 2 * tp / (2 * tp + fp + fn + 1e-7)


model = keras.Sequential([
    keras.Input((6,)),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(16, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(keras.optimizers.Adam(3e-3), loss=f1_loss)
h = model.fit(x, y, epochs=12, batch_size=128, verbose=0)

hit = model.predict(x_test, verbose=0) > 0.5
tp = np.sum(hit * y_test)
f1 = 2 * tp / max(np.sum(hit) + np.sum(y_test), 1)
print("FINAL_LOSS=%f" % h.history["loss"][-1])
print("FINAL_METRIC=f1:%f" % f1)
