import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

# daily load profiles of households, 24 hourly values, two habits
hours = np.arange(24)


def profiles(n):
    late = rng.random(n) < 0.5
    peak = np.where(late, 20.0, 8.0) + rng.normal(0, 0.7, n)
    width = rng.uniform(1.5, 2.5, n)
    height = rng.uniform(1.0, 2.0, n)
    p = 6.0 + 3.0 * height[:, None] * np.exp(-0.5 * ((hours - peak[:, None]) / width[:, None]) ** 2)
    return (p + 0.15 * rng.normal(size=p.shape)).astype("float32")


real, held_out = profiles(4000), profiles(1000)
LATENT, BATCH = 6, 64

generator = keras.Sequential([
    keras.Input((LATENT,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(24),
])
discriminator = keras.Sequential([
    keras.Input((24,)),
    layers.Dense(64, activation=keras.layers.LeakyReLU(0.2)),
    layers.Dense(64, activation=keras.layers.LeakyReLU(0.2)),
    layers.Dense(1),
])
g_opt = keras.optimizers.SGD(0.05)
d_opt = keras.optimizers.Adam(1e-3, beta_1=0.5)


@tf.function
def train_step(batch):
    z = tf.random.normal((BATCH, LATENT))
    with tf.GradientTape() as tape:
        l_real = discriminator(batch)
        l_fake = discriminator(generator(z))
        d_loss = tf.reduce_mean(tf.nn.softplus(-l_real)) + tf.reduce_mean(tf.nn.softplus(l_fake))
    v = discriminator.trainable_variables
    d_opt.apply_gradients(zip(tape.gradient(d_loss, v), v))

    z = tf.random.normal((BATCH, LATENT))
    with tf.GradientTape() as tape:
        l_fake = discriminator(generator(z))
        # max over G of log D(G(z))
        g_loss = tf.reduce_mean(tf.nn.softplus(-l_fake))
    v = generator.trainable_variables
    g_opt.apply_gradients(zip(tape.gradient(g_loss, v), v))
    return d_loss, g_loss


data = tf.data.Dataset.from_tensor_slices(real).shuffle(4000, seed=1).repeat().batch(BATCH)
for step, batch in enumerate(data.take(2400)):
    d_loss, g_loss = train_step(batch)
    if step % 200 == 0:
        print("step %4d  d_loss %.4f  g_loss %.6f" % (step, float(d_loss), float(g_loss)))

fake = generator.predict(rng.normal(size=(1000, LATENT)).astype("float32"), verbose=0)
# sliced Wasserstein distance to profiles that were not trained on
dirs = rng.normal(size=(24, 200))
dirs /= np.linalg.norm(dirs, axis=0)
a, b = np.sort(fake @ dirs, 0), np.sort(held_out @ dirs, 0)
swd = float(np.sqrt(np.mean((a - b) ** 2)))
print("FINAL_LOSS=%f" % float(d_loss))
print("FINAL_METRIC=sliced_wasserstein:%f" % swd)
