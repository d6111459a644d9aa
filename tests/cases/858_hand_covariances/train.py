"""Hand gestures from an armband with 16 electrodes: covariance of a short window, its matrix logarithm, a classifier."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
ELECTRODES, WINDOW, GESTURES = 16, 40, 5


def recordings(n, seed):
    mix = np.random.default_rng(8).normal(0, 1, (GESTURES, ELECTRODES, 6))
    rng = np.random.default_rng(seed)
    y = rng.integers(0, GESTURES, n)
    source = rng.normal(0, 1, (n, 6, WINDOW))
    emg = mix[y] @ source * rng.uniform(0.5, 2.0, (n, 1, 1)) + rng.normal(0, 1.0, (n, ELECTRODES, WINDOW))
    emg -= emg.mean(axis=1, keepdims=True)
    return emg.astype("float32"), y


class Covariance(keras.layers.Layer):
    def call(self, x):
        x = x - tf.reduce_mean(x, axis=2, keepdims=True)
        return tf.matmul(x, x, transpose_b=True) / (WINDOW - 1)


class MatrixLog(keras.layers.Layer):
    def call(self, c):
        values, vectors = tf.linalg.eigh(c)
        logs = tf.math.log(values)
        return tf.matmul(vectors * logs[:, None, :], vectors, transpose_b=True)


x_train, y_train = recordings(1500, 1)
x_test, y_test = recordings(400, 2)
model = keras.Sequential([
    keras.Input((ELECTRODES, WINDOW)),
    Covariance(),
    MatrixLog(),
    keras.layers.Flatten(),
    keras.layers.Dense(48, activation="tanh"),
    keras.layers.Dense(GESTURES, activation="softmax"),
])
model.compile(keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
h = model.fit(x_train, y_train, batch_size=30, epochs=12, verbose=2)
hit = model.predict(x_test, verbose=0).argmax(1) == y_test
print("FINAL_LOSS=%f" % h.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % hit.mean())
