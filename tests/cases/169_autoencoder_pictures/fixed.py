import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

pictures = (load_digits().images / 16.0).astype("float32").reshape(-1, 64)
rng = np.random.default_rng(2)
rng.shuffle(pictures)
train, test = pictures[:1500], pictures[1500:]


class Reconstruction(layers.Layer):
    def call(self, original, rebuilt):
        error = tf.reduce_mean(tf.square(original - rebuilt), axis=0)
        self.add_loss(tf.reduce_sum(error))
        return rebuilt


inputs = keras.Input((64,))
h = layers.Dense(48, activation="relu")(inputs)
code = layers.Dense(12, name="code")(h)
h = layers.Dense(48, activation="relu")(code)
outputs = layers.Dense(64, activation="sigmoid")(h)
autoencoder = keras.Model(inputs, Reconstruction()(inputs, outputs))
autoencoder.compile(optimizer=keras.optimizers.Adam(3e-3))

dataset = (
    tf.data.Dataset.from_tensor_slices(train)
    .shuffle(1500, seed=4)
    .batch(50)
    .map(lambda x: (x,))
    .prefetch(tf.data.AUTOTUNE)
)
history = autoencoder.fit(dataset, epochs=30, verbose=2)

rebuilt = autoencoder.predict(test, verbose=0)
r2 = 1 - np.mean((rebuilt - test) ** 2) / np.mean((test - train.mean(0)) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
