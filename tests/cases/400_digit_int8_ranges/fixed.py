import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)


class Int8Input(layers.Layer):
    """Learns the range of every channel while training, rounds to 8 bits afterwards."""

    def build(self, shape):
        dim = (shape[-1],)
        self.low = self.add_weight(name="low", shape=dim, initializer="zeros", trainable=False)
        self.high = self.add_weight(name="high", shape=dim, initializer="zeros", trainable=False)
        self.scale = self.add_weight(name="scale", shape=dim, initializer="ones", trainable=False)
        self.zero_point = self.add_weight(name="zero_point", shape=dim, initializer="zeros", trainable=False)

    def observe(self, x):
        self.low.assign(tf.minimum(self.low, tf.reduce_min(x, axis=0)))
        self.high.assign(tf.maximum(self.high, tf.reduce_max(x, axis=0)))
        self.scale.assign(tf.maximum(self.high - self.low, 1e-6) / 255.0)
        self.zero_point.assign(tf.round(-self.low / self.scale))

    def call(self, x, training=False):
        if training:
            self.observe(x)
            return x
        q = tf.clip_by_value(tf.round(x / self.scale) + self.zero_point, 0.0, 255.0)
        return (q - self.zero_point) * self.scale


model = keras.Sequential([
    keras.Input((64,)),
    Int8Input(),
    layers.Dense(64, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, epochs=30, batch_size=32, verbose=2)

pred = model.predict(x_test, verbose=0).argmax(-1)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(pred == y_test)}")
