"""GAN on the 8x8 digits of scikit-learn, all classes together."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)
NOISE = 16

images = load_digits().data.astype("float32") / 8.0 - 1.0
print("real", images.shape)


def make_generator():
    return keras.Sequential([
        keras.Input((NOISE,)),
        layers.Dense(128), layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(128), layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(64, activation="tanh"),
    ], name="generator")


def make_discriminator():
    return keras.Sequential([
        keras.Input((64,)),
        layers.Dense(128), layers.LeakyReLU(negative_slope=0.2), layers.Dropout(0.3),
        layers.Dense(64), layers.LeakyReLU(negative_slope=0.2), layers.Dropout(0.3),
        layers.Dense(1),
    ], name="discriminator")


class GAN(keras.Model):
    def __init__(self):
        super().__init__()
        self.gen = make_generator()
        self.disc = make_discriminator()
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)
        self.d_track = keras.metrics.Mean(name="d_loss")
        self.g_track = keras.metrics.Mean(name="g_loss")

    @property
    def metrics(self):
        return [self.d_track, self.g_track]

    def compile(self, d_opt, g_opt):
        super().compile()
        self.d_opt, self.g_opt = d_opt, g_opt

    def call(self, z):
        return self.gen(z)

    def train_step(self, real):
        n = tf.shape(real)[0]
        z = tf.random.normal((n, NOISE))
        with tf.GradientTape() as tape:
            fake = self.gen(z, training=True)
            lr_ = self.disc(real, training=True)
            lf_ = self.disc(fake, training=True)
            d_loss = 0.5 * (self.bce(0.9 * tf.ones_like(lr_), lr_) + self.bce(tf.zeros_like(lf_), lf_))
        g = tape.gradient(d_loss, self.disc.trainable_variables)
        self.d_opt.apply_gradients(zip(g, self.disc.trainable_variables))
        z = tf.random.normal((n, NOISE))
        with tf.GradientTape() as tape:
            lf_ = self.disc(self.gen(z, training=True), training=True)
            g_loss = self.bce(tf.ones_like(lf_), lf_)
        g = tape.gradient(g_loss, self.gen.trainable_variables)
        self.g_opt.apply_gradients(zip(g, self.gen.trainable_variables))
        self.d_track.update_state(d_loss)
        self.g_track.update_state(g_loss)
        return {m.name: m.result() for m in self.metrics}


gan = GAN()
gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), keras.optimizers.Adam(2e-4, beta_1=0.5))
data = tf.data.Dataset.from_tensor_slices(images).shuffle(2000, seed=0).batch(32, drop_remainder=True)
hist = gan.fit(data, epochs=60, verbose=2)

z = np.random.default_rng(5).normal(size=(2000, NOISE)).astype("float32")
fake = gan.gen.predict(z, verbose=0)
score = r2_score(images.mean(0), fake.mean(0))
print(f"FINAL_LOSS={hist.history['g_loss'][-1]:.6g}")
print(f"FINAL_METRIC=mean_image_r2:{score:.6f}")
