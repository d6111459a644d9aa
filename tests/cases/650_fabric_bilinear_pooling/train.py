"""Five weaves of fabric and the empty table, told apart by bilinear pooling of small convolutional features."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)

SIZE = 24


def fabric(n):
    weave = rng.integers(0, 6, n)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE].astype("float64")
    pictures = np.empty((n, SIZE, SIZE, 1), "float32")
    for i, w in enumerate(weave):
        if w == 5:
            pictures[i] = rng.uniform(0.05, 0.15)
            continue
        a, b = rng.uniform(0, 2 * np.pi, 2)
        f = rng.uniform(0.9, 1.1)
        if w == 0:
            p = np.sin(1.1 * f * xx + a)
        elif w == 1:
            p = np.sin(1.1 * f * yy + a)
        elif w == 2:
            p = np.sin(0.8 * f * (xx + yy) + a)
        elif w == 3:
            p = np.sin(0.8 * f * (xx - yy) + a)
        else:
            p = np.sin(1.1 * f * xx + a) * np.sin(1.1 * f * yy + b)
        pictures[i, ..., 0] = 0.5 + 0.2 * p + 0.2 * rng.normal(size=(SIZE, SIZE))
    return pictures, weave


X_train, y_train = fabric(900)
X_test, y_test = fabric(400)


class BilinearPool(layers.Layer):
    def call(self, maps):
        s = tf.shape(maps)
        flat = tf.reshape(maps, [s[0], s[1] * s[2], maps.shape[-1]])
        outer = tf.matmul(flat, flat, transpose_a=True) / tf.cast(s[1] * s[2], maps.dtype)
        vec = tf.reshape(outer, [s[0], maps.shape[-1] ** 2])
        vec = tf.sqrt(vec)
        return tf.math.l2_normalize(vec, axis=-1)

    def compute_output_shape(self, shape):
        return (shape[0], shape[-1] ** 2)


model = keras.Sequential([
    keras.Input((SIZE, SIZE, 1)),
    layers.Conv2D(12, 5, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, activation="relu"),
    BilinearPool(),
    layers.Dense(6, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, epochs=15, batch_size=30, verbose=2)

accuracy = float(np.mean(model.predict(X_test, verbose=0).argmax(1) == y_test))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
