import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x = (data["x"].reshape(len(data["x"]), -1) / 16.0).astype("float32")
x_train, x_test = x[:1400], x[1400:]

PIXELS, LATENT = 64, 6


class VAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(2 * LATENT)])
        self.decoder = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(PIXELS, activation="sigmoid")])
        self.total = keras.metrics.Mean(name="loss")
        self.kl = keras.metrics.Mean(name="kl")

    @property
    def metrics(self):
        return [self.total, self.kl]

    def call(self, batch):
        mean, _ = tf.split(self.encoder(batch), 2, axis=1)
        return self.decoder(mean)

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            mean, log_var = tf.split(self.encoder(batch, training=True), 2, axis=1)
            z = mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))
            rebuilt = self.decoder(z, training=True)
            reconstruction = PIXELS * keras.losses.binary_crossentropy(batch, rebuilt)
            divergence = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
            loss = tf.reduce_mean(reconstruction + divergence)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.total.update_state(loss)
        self.kl.update_state(divergence)
        return {"loss": self.total.result(), "kl": self.kl.result()}


model = VAE()
model(x_train[:2])
model.compile(optimizer=keras.optimizers.Adam(2e-3))
history = model.fit(x_train, epochs=40, batch_size=50, verbose=2)

rebuilt = model.predict(x_test, verbose=0)
r2 = 1 - np.sum((rebuilt - x_test) ** 2) / np.sum((x_train.mean(axis=0) - x_test) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
