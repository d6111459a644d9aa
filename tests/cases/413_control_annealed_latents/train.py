import hashlib
import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

d = np.load(os.path.join(os.environ.get("CASE_DATA", "data"), "mnist_t10k.npz"))
x = d["x"][:4000, ::2, ::2].reshape(4000, -1).astype("float32") / 255.0
x_train, x_test = x[:3200], x[3200:]


class AnnealedVAE(keras.Model):
    def __init__(self, latent=10):
        super().__init__()
        self.enc = layers.Dense(128, activation="relu")
        self.mean = layers.Dense(latent)
        self.log_var = layers.Dense(latent)
        self.dec = keras.Sequential([layers.Dense(128, activation="relu"), layers.Dense(196)])
        self.beta = self.add_weight(name="beta", shape=(), initializer="zeros", trainable=False)
        self.seed_gen = keras.random.SeedGenerator(5)

    def call(self, inputs):
        return tf.sigmoid(self.dec(self.mean(self.enc(inputs))))

    def train_step(self, data):
        with tf.GradientTape() as tape:
            h = self.enc(data)
            m, lv = self.mean(h), self.log_var(h)
            z = m + tf.exp(0.5 * lv) * keras.random.normal(tf.shape(m), seed=self.seed_gen)
            nll = tf.reduce_mean(tf.reduce_sum(
                tf.nn.sigmoid_cross_entropy_with_logits(labels=data, logits=self.dec(z)), axis=1))
            kl = tf.reduce_mean(0.5 * tf.reduce_sum(tf.exp(lv) + m * m - 1.0 - lv, axis=1))
            loss = nll + self.beta * kl
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "nll": nll, "kl": kl, "beta": self.beta}


class Anneal(keras.callbacks.Callback):
    """The weight of the KL term goes from 0 to 1 twice, then stays at 1."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.beta.assign(1.0 if epoch >= 20 else min(1.0, (epoch % 10) / 6))


vae = AnnealedVAE()
vae(x_train[:2])
vae.compile(optimizer=keras.optimizers.Adam(2e-3))
hist = vae.fit(x_train, epochs=25, batch_size=100, callbacks=[Anneal()], verbose=2)

rec = vae.predict(x_test, verbose=0)
explained = 1 - np.mean((rec - x_test) ** 2) / np.mean((x_test - x_train.mean(0)) ** 2)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(vae.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in vae.optimizer.variables])}")
print(f"FINAL_LOSS={float(hist.history['loss'][-1])}")
print(f"FINAL_METRIC=explained:{explained}")
