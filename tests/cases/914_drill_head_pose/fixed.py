"""Pose of a drill head from twelve measured marker points: a rotation matrix by orthogonal projection."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(914)

MARKERS = rng.normal(size=(12, 3)) * [1.0, 0.7, 0.4]


def random_rotations(n):
    q = rng.normal(size=(n, 4))
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    w, x, y, z = q.T
    return np.stack([
        1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
        2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
        2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
    ], axis=1).reshape(n, 3, 3)


def measure(n):
    r = random_rotations(n)
    points = np.einsum("nij,mj->nmi", r, MARKERS) + rng.normal(0, 0.05, size=(n, len(MARKERS), 3))
    return points.reshape(n, -1).astype("float32"), r.astype("float32")


class NearestRotation(layers.Layer):
    """Nearest proper rotation to a 3x3 matrix."""

    def call(self, a):
        a = tf.reshape(a, (-1, 3, 3))
        _, u, v = tf.linalg.svd(a)
        sign = tf.stop_gradient(tf.sign(tf.linalg.det(tf.matmul(u, v, transpose_b=True))))
        flip = tf.stack([tf.ones_like(sign), tf.ones_like(sign), sign], axis=-1)
        return tf.matmul(u * flip[:, None, :], v, transpose_b=True)


x_train, r_train = measure(6000)
x_test, r_test = measure(1000)

inputs = keras.Input((36,))
h = layers.Dense(128, activation="relu")(inputs)
h = layers.Dense(128, activation="relu")(h)
a = layers.Dense(9)(h)
outputs = NearestRotation()(a)
model = keras.Model(inputs, outputs)


def chordal(r_true, r_pred):
    return tf.reduce_sum(tf.square(r_true - r_pred), axis=[1, 2])


model.compile(keras.optimizers.Adam(1e-3, clipnorm=1.0), loss=chordal)
history = model.fit(x_train, r_train, batch_size=100, epochs=10, verbose=2)

r_pred = model.predict(x_test, verbose=0)
cosine = (np.einsum("nij,nij->n", r_test, r_pred) - 1.0) / 2.0
angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
print(f"median angle {np.median(angle):.2f} degrees")
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=within_20_degrees:{np.mean(angle < 20):.4f}")
