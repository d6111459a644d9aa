import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)

# Absorption spectra: three bands of varying strength and position, low noise.
rng = np.random.default_rng(5)
N, POINTS, LATENT = 5000, 80, 6
wl = np.linspace(0, 1, POINTS)
strength = rng.uniform(0.2, 1.0, (N, 3))
shift = rng.normal(0, 0.02, (N, 1))
spectra = sum(strength[:, i:i + 1] * np.exp(-0.5 * ((wl - c - shift) / 0.06) ** 2)
              for i, c in enumerate((0.25, 0.5, 0.78)))
spectra = (spectra + rng.normal(0, 0.02, spectra.shape)).astype("float32")
train, test = spectra[:4200], spectra[4200:]


class VAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.enc = keras.Sequential([layers.Dense(64, activation="silu"), layers.Dense(64, activation="silu"),
                                     layers.Dense(2 * LATENT)])
        self.dec = keras.Sequential([layers.Dense(64, activation="silu"), layers.Dense(64, activation="silu"),
                                     layers.Dense(POINTS)])
        self.log_sigma = self.add_weight(shape=(), initializer="zeros", name="log_sigma")
        self.seed = keras.random.SeedGenerator(1)
        self.loss_mean = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_mean]

    def call(self, x):
        mu, _ = ops.split(self.enc(x), 2, axis=-1)
        return self.dec(mu)

    def train_step(self, x):
        with tf.GradientTape() as tape:
            mu, logvar = ops.split(self.enc(x, training=True), 2, axis=-1)
            z = mu + ops.exp(0.5 * logvar) * keras.random.normal(ops.shape(mu), seed=self.seed)
            rec = self.dec(z, training=True)
            log_sigma = ops.maximum(self.log_sigma, -5.0)
            nll = ops.sum(0.5 * ops.square((x - rec) * ops.exp(-log_sigma)) + log_sigma + 0.5 * np.log(2 * np.pi), -1)
            kl = -0.5 * ops.sum(1 + logvar - ops.square(mu) - ops.exp(logvar), -1)
            loss = ops.mean(nll + kl)
        g = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(g, self.trainable_variables))
        self.loss_mean.update_state(loss)
        return {"loss": self.loss_mean.result()}


vae = VAE()
vae.compile(optimizer=keras.optimizers.Adam(2e-3, clipnorm=50.0))
hist = vae.fit(train, epochs=30, batch_size=64, verbose=2)

rec = vae.predict(test, verbose=0)
r2 = 1 - np.sum((test - rec) ** 2) / np.sum((test - test.mean(0)) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=reconstruction_r2:{r2:.6f}")
