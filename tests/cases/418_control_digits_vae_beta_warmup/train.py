"""VAE on 8x8 digits with the KL weight warmed up from zero."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

keras.utils.set_random_seed(0)

digits = load_digits()
x_tr, x_te, y_tr, y_te = train_test_split(
    (digits.data / 16.0).astype("float32"), digits.target, test_size=400, random_state=0)

LATENT = 8
WARMUP = 40


class VAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Input((64,)), layers.Dense(128, activation="relu"),
                                         layers.Dense(2 * LATENT)])
        self.decoder = keras.Sequential([layers.Input((LATENT,)), layers.Dense(128, activation="relu"),
                                         layers.Dense(64)])
        self.noise = keras.random.SeedGenerator(4)
        self.beta = self.add_weight(shape=(), initializer="zeros", trainable=False, name="beta")

    def call(self, x):
        mean, logvar = ops.split(self.encoder(x), 2, axis=-1)
        z = mean + ops.exp(0.5 * logvar) * keras.random.normal(ops.shape(mean), seed=self.noise)
        return self.decoder(z), mean, logvar

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logits, mean, logvar = y_pred
        bce = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits), axis=-1)
        kl = -0.5 * tf.reduce_sum(1 + logvar - tf.square(mean) - tf.exp(logvar), axis=-1)
        return tf.reduce_mean(bce + self.beta * kl)


class WarmUp(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.beta.assign(min(1.0, epoch / WARMUP))


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


vae = VAE()
vae.compile(optimizer=keras.optimizers.Adam(3e-3))
hist = vae.fit(x_tr, epochs=45, batch_size=64, callbacks=[WarmUp()], verbose=2)

codes_tr = vae.encoder.predict(x_tr, verbose=0)[:, :LATENT]
codes_te = vae.encoder.predict(x_te, verbose=0)[:, :LATENT]
acc = KNeighborsClassifier(5).fit(codes_tr, y_tr).score(codes_te, y_te)
print("WEIGHTS_SHA256=" + digest(vae.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in vae.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=knn_accuracy:{acc:.6f}")
