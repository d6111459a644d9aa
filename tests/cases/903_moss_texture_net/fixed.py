import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

SIZE, N_KINDS = 24, 5


def pictures(n):
    kind = rng.integers(0, N_KINDS, n)
    yy, xx = np.mgrid[:SIZE, :SIZE]
    angle = np.array([0.0, 0.6, 1.2, 1.9, 2.5])[kind] + rng.normal(0, 0.08, n)
    freq = np.array([0.8, 1.1, 0.9, 1.3, 1.0])[kind]
    phase = rng.uniform(0, 2 * np.pi, n)
    wave = np.sin(freq[:, None, None] * (np.cos(angle)[:, None, None] * xx
                                         + np.sin(angle)[:, None, None] * yy)
                  + phase[:, None, None])
    img = wave + rng.normal(0, 0.9, (n, SIZE, SIZE))
    return img.astype("float32")[..., None], kind


class DropBlock(layers.Layer):
    """Drops whole blocks of a feature map and rescales what is left."""

    def __init__(self, rate, block, **kw):
        super().__init__(**kw)
        self.rate, self.block = rate, block

    def call(self, x, training=False):
        if not training or self.rate == 0.0:
            return x
        h, w = x.shape[1], x.shape[2]
        gamma = self.rate * h * w / self.block ** 2
        gamma = gamma / ((h - self.block + 1) * (w - self.block + 1))
        centre = tf.cast(tf.random.uniform(tf.shape(x)) < gamma, x.dtype)
        dropped = tf.nn.max_pool2d(centre, self.block, 1, "SAME")
        keep = 1.0 - dropped
        share = tf.maximum(tf.reduce_mean(keep, axis=[1, 2], keepdims=True), 1e-3)
        return x * keep / share


def block(h, width):
    h = layers.Conv2D(width, 3, padding="same")(h)
    h = layers.Activation("relu")(h)
    h = layers.MaxPooling2D()(h)
    return h


x_train, y_train = pictures(2000)
x_test, y_test = pictures(600)

inp = layers.Input((SIZE, SIZE, 1))
h = block(inp, 16)
h = DropBlock(0.15, 3)(h)
h = block(h, 24)
h = DropBlock(0.15, 3)(h)
h = layers.Conv2D(32, 3, padding="same", activation="relu")(h)
h = layers.GlobalAveragePooling2D()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(inp, layers.Dense(N_KINDS, activation="softmax")(h))
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=50, epochs=12, verbose=2)

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
