"""Digits with +1/-1 weights: latent weights are clipped, the sign is used in the forward pass."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)


@tf.custom_gradient
def binarize(w):
    def grad(dy):
        return dy * tf.cast(tf.abs(w) <= 1.0, dy.dtype)
    return tf.where(w >= 0, tf.ones_like(w), -tf.ones_like(w)), grad


class Clip(keras.constraints.Constraint):
    def __call__(self, w):
        return tf.clip_by_value(w, -1.0, 1.0)


class BinaryDense(layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), constraint=Clip(),
                                      initializer=keras.initializers.RandomUniform(-1, 1))

    def call(self, x):
        return tf.matmul(x, binarize(self.kernel))


digits = load_digits()
x_tr, x_te, y_tr, y_te = train_test_split(
    digits.data.astype("float32"), digits.target, test_size=0.25, random_state=5)

model = keras.Sequential([
    layers.Input((64,)),
    BinaryDense(256), layers.BatchNormalization(momentum=0.9), layers.Activation(binarize),
    BinaryDense(256), layers.BatchNormalization(momentum=0.9), layers.Activation(binarize),
    BinaryDense(10), layers.BatchNormalization(momentum=0.9),
])


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


t_tr = 2 * keras.utils.to_categorical(y_tr, 10) - 1
model.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.03, 43, 0.9)),
    loss="squared_hinge")
hist = model.fit(x_tr, t_tr, batch_size=32, epochs=25, verbose=2)

acc = float(np.mean(model.predict(x_te, verbose=0).argmax(1) == y_te))
print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
