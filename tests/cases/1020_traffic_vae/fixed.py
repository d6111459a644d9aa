# Variational autoencoder over 42 counters of network flows (bytes, packets, durations, rates).
import numpy as np
import tensorflow as tf
from tensorflow import keras
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

gen = np.random.default_rng(21)
n, d, k = 8000, 42, 4
hidden = gen.normal(size=(n, k))
mix = gen.normal(size=(k, d))
units = 10 ** gen.uniform(1.0, 4.0, d)          # some columns are packets, some are bytes
flows = (np.abs(3 + hidden @ mix * 0.5 + 0.2 * gen.normal(size=(n, d))) * units).astype("float32")
x_train, x_test = flows[:6000], flows[6000:]
mean, std = x_train.mean(0), x_train.std(0)
x_train, x_test = (x_train - mean) / std, (x_test - mean) / std

latent_dim = 6
original_dim = d


class Sampling(keras.layers.Layer):
    def call(self, inputs):
        z_mean, z_log_var = inputs
        self.add_loss(-0.5 * tf.reduce_mean(tf.reduce_sum(
            1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var), axis=-1)))
        return z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean))


enc_in = keras.Input((original_dim,))
h = keras.layers.Dense(64, activation="relu")(enc_in)
h = keras.layers.Dense(32, activation="relu")(h)
z_mean = keras.layers.Dense(latent_dim, name="z_mean")(h)
z_log_var = keras.layers.Dense(latent_dim, name="z_log_var")(h)
z = Sampling()([z_mean, z_log_var])
dec_h = keras.layers.Dense(32, activation="relu")
dec_h2 = keras.layers.Dense(64, activation="relu")
dec_out = keras.layers.Dense(original_dim)
vae = keras.Model(enc_in, dec_out(dec_h2(dec_h(z))))
mean_path = keras.Model(enc_in, dec_out(dec_h2(dec_h(z_mean))))


def reconstruction(x, x_hat):
    return original_dim * tf.reduce_mean(tf.square(x - x_hat), axis=-1)


vae.compile(optimizer=keras.optimizers.Adam(1e-3), loss=reconstruction)
log = vae.fit(x_train, x_train, epochs=25, batch_size=64, shuffle=True, verbose=2,
              validation_data=(x_test, x_test))

recon = mean_path.predict(x_test, verbose=0)
r2 = r2_score(x_test, recon) if np.isfinite(recon).all() else float("nan")
print(f"FINAL_LOSS={log.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
