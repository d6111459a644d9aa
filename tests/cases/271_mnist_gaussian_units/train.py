"""Handwritten digits with a layer of Gaussian units in place of the usual dense layer."""
import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "mnist_t10k.npz"))
x = data["x"].reshape(len(data["x"]), -1).astype("float32")
x = x / x.max()
y = data["y"].astype("int64")
x_train, y_train, x_test, y_test = x[:4000], y[:4000], x[4000:5500], y[4000:5500]


class RBFLayer(layers.Layer):
    def __init__(self, units, gamma, **kwargs):
        super().__init__(**kwargs)
        self.units, self.gamma = units, gamma

    def build(self, input_shape):
        self.mu = self.add_weight(name="mu", shape=(self.units, input_shape[-1]), initializer="random_normal")

    def call(self, inputs):
        d2 = (tf.reduce_sum(inputs ** 2, axis=1, keepdims=True)
              - 2.0 * tf.matmul(inputs, self.mu, transpose_b=True)
              + tf.reduce_sum(self.mu ** 2, axis=1))
        return tf.exp(-self.gamma * d2)


model = keras.Sequential([
    keras.Input((x.shape[1],)),
    RBFLayer(100, gamma=0.5),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(4000, seed=0).batch(64)
history = model.fit(batches, epochs=12, verbose=2)

loss, acc = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
