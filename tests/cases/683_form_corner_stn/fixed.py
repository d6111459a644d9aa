"""The digit in one corner of a form, read through a spatial transformer."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)
SIDE = 22

data = load_digits()
figures = data.images.astype("float32") / 16.0


def sheets(images):
    out = np.zeros((len(images), SIDE, SIDE, 1), "float32")
    for k, im in enumerate(images):
        top, left = rng.choice([1, 2, 12, 13], 2)
        out[k, top:top + 8, left:left + 8, 0] = im
    return out


order = rng.permutation(len(figures))
tr, te = order[:1400], order[1400:]
x_train, y_train = sheets(figures[tr]), data.target[tr]
x_test, y_test = sheets(figures[te]), data.target[te]


class AffineSampler(layers.Layer):
    """Bilinear sampling of a picture on a grid moved by a 2x3 matrix."""

    def __init__(self, size, **kw):
        super().__init__(**kw)
        line = np.linspace(-1.0, 1.0, size, dtype="float32")
        gx, gy = np.meshgrid(line, line)
        self.base = np.stack([gx.ravel(), gy.ravel(), np.ones(size * size, "float32")])
        self.size = size

    def call(self, inputs):
        picture, theta = inputs
        side = picture.shape[1]
        grid = tf.matmul(tf.reshape(theta, (-1, 2, 3)), self.base[None])
        px = (grid[:, 0] + 1.0) * 0.5 * (side - 1)
        py = (grid[:, 1] + 1.0) * 0.5 * (side - 1)
        x0, y0 = tf.floor(px), tf.floor(py)

        def pixel(yy, xx):
            yy = tf.cast(tf.clip_by_value(yy, 0, side - 1), tf.int32)
            xx = tf.cast(tf.clip_by_value(xx, 0, side - 1), tf.int32)
            return tf.gather_nd(picture[..., 0], tf.stack([yy, xx], -1), batch_dims=1)

        wx, wy = px - x0, py - y0
        top = pixel(y0, x0) * (1 - wx) + pixel(y0, x0 + 1) * wx
        low = pixel(y0 + 1, x0) * (1 - wx) + pixel(y0 + 1, x0 + 1) * wx
        return tf.reshape(top * (1 - wy) + low * wy, (-1, self.size, self.size, 1))


sheet = keras.Input((SIDE, SIDE, 1))
p = layers.Conv2D(12, 5, activation="relu")(sheet)
p = layers.MaxPooling2D(2)(p)
p = layers.Conv2D(16, 3, activation="relu")(p)
p = layers.Flatten()(p)
p = layers.Dense(32, activation="relu")(p)
identity = keras.initializers.Constant(np.array([1, 0, 0, 0, 1, 0], "float32"))
theta = layers.Dense(6, kernel_initializer="zeros", bias_initializer=identity)(p)
view = AffineSampler(18)([sheet, theta])
c = layers.Conv2D(16, 3, activation="relu")(view)
c = layers.MaxPooling2D(2)(c)
c = layers.Conv2D(32, 3, activation="relu")(c)
c = layers.Flatten()(c)
answer = layers.Dense(10, activation="softmax")(c)
model = keras.Model(sheet, answer)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
h = model.fit(x_train, y_train, batch_size=64, epochs=20, verbose=2)

called = model.predict(x_test, verbose=0).argmax(1)
print(f"FINAL_LOSS={h.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{(called == y_test).mean():.4f}")
