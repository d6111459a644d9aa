"""A small GAN that imitates pairs of (temperature in F, relative humidity in %)."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
STEPS, BATCH, NOISE = 3000, 128, 4


def weather(n, seed):
    rng = np.random.default_rng(seed)
    temperature = rng.normal(68.0, 12.0, n)
    humidity = 95.0 - 0.8 * (temperature - 40.0) + rng.normal(0.0, 6.0, n)
    return np.stack([temperature, humidity], axis=1).astype("float32")


real = weather(6000, 0)
centre, spread = real.mean(axis=0), real.std(axis=0)
real = (real - centre) / spread

generator = keras.Sequential(
    [keras.Input((NOISE,)), layers.Dense(32, activation="relu"), layers.Dense(32, activation="relu"), layers.Dense(2)]
)
discriminator = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
g_opt = keras.optimizers.Adam(1e-3, beta_1=0.5)
d_opt = keras.optimizers.Adam(1e-3, beta_1=0.5)
g_opt.build(generator.trainable_variables)
d_opt.build(discriminator.trainable_variables)


@tf.function
def step(batch):
    with tf.GradientTape() as d_tape:
        fake = generator(tf.random.normal((BATCH, NOISE)))
        d_real, d_fake = discriminator(batch), discriminator(fake)
        d_loss = -tf.reduce_mean(tf.math.log(tf.maximum(d_real, 1e-5)) + tf.math.log(tf.maximum(1.0 - d_fake, 1e-5)))
    d_opt.apply_gradients(zip(d_tape.gradient(d_loss, discriminator.trainable_variables), discriminator.trainable_variables))
    with tf.GradientTape() as g_tape:
        g_loss = -tf.reduce_mean(tf.math.log(tf.maximum(discriminator(generator(tf.random.normal((BATCH, NOISE)))), 1e-5)))
    g_opt.apply_gradients(zip(g_tape.gradient(g_loss, generator.trainable_variables), generator.trainable_variables))
    return d_loss, g_loss


feed = tf.data.Dataset.from_tensor_slices(real).shuffle(6000, seed=1).repeat().batch(BATCH, drop_remainder=True)
for i, batch in enumerate(feed.take(STEPS)):
    d_loss, g_loss = step(batch)
    if i % 500 == 499:
        print(f"step {i + 1}: d {float(d_loss):.4f} g {float(g_loss):.4f}")

made = generator(keras.random.normal((4000, NOISE), seed=5)).numpy() * spread + centre
truth = weather(4000, 99)
# overlap of the two histograms, averaged over both columns and their sum
views = [(truth[:, 0], made[:, 0]), (truth[:, 1], made[:, 1]), (truth.sum(1), made.sum(1))]
overlap = []
for t, m in views:
    edges = np.quantile(t, np.linspace(0, 1, 9))
    edges[0], edges[-1] = t.min() - 5, t.max() + 5
    overlap.append(np.minimum(np.histogram(t, edges)[0], np.histogram(m, edges)[0]).sum() / len(t))
print(f"FINAL_LOSS={float(d_loss)}")
print(f"FINAL_METRIC=overlap:{np.mean(overlap):.4f}")
