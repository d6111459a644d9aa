"""Variational autoencoder on tumour measurements (benign only); the rebuilding error flags odd samples."""
import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "breast_cancer.npz"))
x, y = data["x"].astype("float32"), data["y"]
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order]
benign = x[y == 1]
mean, std = benign[:260].mean(axis=0), benign[:260].std(axis=0)
train = ((benign[:260] - mean) / std).astype("float32")
held_out = ((benign[260:] - mean) / std).astype("float32")

DIM, LATENT = train.shape[1], 6


class VAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(32, activation="tanh"), layers.Dense(2 * LATENT)])
        self.decoder = keras.Sequential([layers.Dense(32, activation="tanh"), layers.Dense(DIM)])
        self.seed = keras.random.SeedGenerator(1)
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, x):
        return self.decoder(self.encoder(x)[:, :LATENT])

    def train_step(self, x):
        with tf.GradientTape() as tape:
            code = self.encoder(x, training=True)
            mu, log_var = code[:, :LATENT], code[:, LATENT:]
            z = mu + tf.exp(0.5 * log_var) * keras.random.normal(tf.shape(mu), seed=self.seed)
            rebuilt = self.decoder(z, training=True)
            rebuild_loss = tf.reduce_mean(tf.square(x - rebuilt), axis=1)
            kl_loss = -0.5 * tf.reduce_sum(1.0 + log_var - mu ** 2 - tf.exp(log_var), axis=1)
            loss = tf.reduce_mean(rebuild_loss + kl_loss)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


vae = VAE()
vae.compile(optimizer=keras.optimizers.Adam(0.004))
batches = tf.data.Dataset.from_tensor_slices(train).shuffle(260, seed=3).batch(26)
history = vae.fit(batches, epochs=150, verbose=0)
for e in range(0, 150, 15):
    print(f"epoch {e + 1}: loss {history.history['loss'][e]:.4f}")

rebuilt = np.asarray(vae(held_out))
r2 = 1.0 - np.sum((held_out - rebuilt) ** 2) / np.sum((held_out - train.mean(axis=0)) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
