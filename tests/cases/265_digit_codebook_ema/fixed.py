"""Compress digit images with a vector quantised autoencoder, the codebook kept by moving averages."""
import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x = (data["x"].reshape(len(data["x"]), -1) / 16.0).astype("float32")
order = np.random.default_rng(0).permutation(len(x))
x_train, x_test = x[order[:1400]], x[order[1400:]]


class VectorQuantizerEMA(layers.Layer):
    def __init__(self, start, decay=0.95, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.start, self.decay, self.beta = start, decay, beta
        self.num_codes, self.dim = start.shape

    def build(self, input_shape):
        self.codes = self.add_weight(name="codes", shape=(self.num_codes, self.dim), trainable=False,
                                     initializer=lambda shape, dtype=None: self.start)
        self.cluster_size = self.add_weight(name="cluster_size", shape=(self.num_codes,), trainable=False,
                                            initializer="ones")
        self.code_sum = self.add_weight(name="code_sum", shape=(self.num_codes, self.dim), trainable=False,
                                        initializer=lambda shape, dtype=None: self.start)

    def call(self, z, training=False):
        distance = (tf.reduce_sum(z ** 2, axis=1, keepdims=True)
                    - 2.0 * tf.matmul(z, self.codes, transpose_b=True)
                    + tf.reduce_sum(self.codes ** 2, axis=1))
        index = tf.argmin(distance, axis=1)
        chosen = tf.one_hot(index, self.num_codes)
        quantized = tf.gather(self.codes, index)
        if training:
            count = tf.reduce_sum(chosen, axis=0)
            total = tf.matmul(chosen, tf.stop_gradient(z), transpose_a=True)
            size = self.decay * self.cluster_size + (1.0 - self.decay) * count
            summed = self.decay * self.code_sum + (1.0 - self.decay) * total
            self.cluster_size.assign(size)
            self.code_sum.assign(summed)
            self.codes.assign(summed / size[:, None])
        self.add_loss(self.beta * tf.reduce_mean((tf.stop_gradient(quantized) - z) ** 2))
        return z + tf.stop_gradient(quantized - z)


encoder = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(6),
])
decoder = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="sigmoid"),
])
model = keras.Sequential([encoder, VectorQuantizerEMA(encoder(x_train[:128])), decoder])
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
history = model.fit(x_train, x_train, epochs=15, batch_size=16, verbose=2)

rebuilt = model.predict(x_test, verbose=0)
r2 = 1.0 - np.sum((x_test - rebuilt) ** 2) / np.sum((x_test - x_train.mean(axis=0)) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
