import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

d = np.load(os.path.join(os.environ.get("CASE_DATA", "data"), "mnist_t10k.npz"))
x = d["x"][:5000, ::2, ::2].reshape(5000, -1).astype("float32") / 255.0
x_train, x_test = x[:4000], x[4000:]
LATENT = 8


class Sampling(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.seed_gen = keras.random.SeedGenerator(11)

    def call(self, mean, log_var):
        eps = keras.random.normal(tf.shape(mean), seed=self.seed_gen)
        return mean + tf.exp(0.5 * log_var) * eps


class VAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.enc = layers.Dense(128, activation="relu")
        self.z_mean = layers.Dense(LATENT, activation="relu")
        self.z_log_var = layers.Dense(LATENT, activation="relu")
        self.sampling = Sampling()
        self.decoder = keras.Sequential([
            layers.Dense(128, activation="relu"),
            layers.Dense(x.shape[1], activation="sigmoid"),
        ])
        self.rec_tracker = keras.metrics.Mean(name="rec")
        self.kl_tracker = keras.metrics.Mean(name="kl")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker, self.rec_tracker, self.kl_tracker]

    def call(self, inputs):
        return self.decoder(self.z_mean(self.enc(inputs)))

    def train_step(self, data):
        with tf.GradientTape() as tape:
            h = self.enc(data)
            mean, log_var = self.z_mean(h), self.z_log_var(h)
            rec = self.decoder(self.sampling(mean, log_var))
            rec_loss = tf.reduce_mean(
                data.shape[1] * keras.losses.binary_crossentropy(data, rec))
            kl = tf.reduce_mean(
                -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1))
            loss = rec_loss + kl
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        self.rec_tracker.update_state(rec_loss)
        self.kl_tracker.update_state(kl)
        return {m.name: m.result() for m in self.metrics}


vae = VAE()
vae(x_train[:2])
vae.compile(optimizer=keras.optimizers.Adam(2e-3))
hist = vae.fit(x_train, epochs=20, batch_size=100, verbose=2)

rec = vae.predict(x_test, verbose=0)
r2 = 1 - np.mean((rec - x_test) ** 2) / np.mean((x_test - x_train.mean(0)) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=explained:{r2}")
