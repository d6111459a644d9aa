"""Vanilla GAN on the 8x8 digits, losses as in the paper."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
images = (load_digits().data.astype("float32") / 8.0) - 1.0
LATENT, BATCH = 16, 64

generator = keras.Sequential(
    [keras.Input((LATENT,)), layers.Dense(128), layers.LeakyReLU(), layers.Dense(128), layers.LeakyReLU(), layers.Dense(64, activation="tanh")]
)
discriminator = keras.Sequential(
    [keras.Input((64,)), layers.Dense(256), layers.LeakyReLU(), layers.Dense(128), layers.LeakyReLU(), layers.Dense(1, activation="sigmoid")]
)
g_opt = keras.optimizers.Adam(2e-4, beta_1=0.5)
d_opt = keras.optimizers.Adam(1e-2, beta_1=0.5)


def d_loss_fn(real, fake):
    return -tf.reduce_mean(tf.math.log(real) + tf.math.log(1.0 - fake))


def g_loss_fn(fake):
    return -tf.reduce_mean(tf.math.log(fake))


@tf.function
def step(real_images):
    noise = tf.random.normal((BATCH, LATENT))
    with tf.GradientTape() as dt, tf.GradientTape() as gt:
        fake_images = generator(noise, training=True)
        real = discriminator(real_images, training=True)
        fake = discriminator(fake_images, training=True)
        d_loss = d_loss_fn(real, fake)
        g_loss = g_loss_fn(fake)
    d_opt.apply_gradients(zip(dt.gradient(d_loss, discriminator.trainable_variables), discriminator.trainable_variables))
    g_opt.apply_gradients(zip(gt.gradient(g_loss, generator.trainable_variables), generator.trainable_variables))
    return d_loss, g_loss


data = tf.data.Dataset.from_tensor_slices(images).shuffle(2000, seed=1).batch(BATCH, drop_remainder=True)
for epoch in range(60):
    for batch in data:
        d_loss, g_loss = step(batch)
    if epoch % 10 == 0:
        print(f"epoch {epoch}: d {float(d_loss):.3f} g {float(g_loss):.3f}")

samples = generator.predict(np.random.default_rng(0).normal(size=(1000, LATENT)).astype("float32"), verbose=0)
similar = np.corrcoef(samples.mean(0), images.mean(0))[0, 1]
print(f"FINAL_LOSS={float(d_loss)}")
print(f"FINAL_METRIC=mean_image_correlation:{similar:.4f}")
