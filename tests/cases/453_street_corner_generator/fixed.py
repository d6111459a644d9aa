import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)

# pick-up points: eight street corners around a square
rng = np.random.default_rng(0)
angles = rng.integers(0, 8, 4000) * np.pi / 4
points = np.stack([np.cos(angles), np.sin(angles)], 1) * 2.0
points = (points + 0.1 * rng.normal(size=points.shape)).astype("float32")

LATENT = 4
CLIP = 0.1
N_CRITIC = 5
BATCH = 128
STEPS = 1200

generator = keras.Sequential([
    keras.Input((LATENT,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(2),
])
critic = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
g_opt = keras.optimizers.RMSprop(5e-4)
c_opt = keras.optimizers.RMSprop(5e-4)


@tf.function
def critic_step(real):
    z = tf.random.normal((BATCH, LATENT))
    with tf.GradientTape() as tape:
        fake = generator(z, training=True)
        loss = tf.reduce_mean(critic(fake, training=True)) - tf.reduce_mean(critic(real, training=True))
    grads = tape.gradient(loss, critic.trainable_variables)
    c_opt.apply_gradients(zip(grads, critic.trainable_variables))
    for w in critic.trainable_variables:
        w.assign(tf.clip_by_value(w, -CLIP, CLIP))
    return loss


@tf.function
def generator_step():
    z = tf.random.normal((BATCH, LATENT))
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic(generator(z, training=True), training=True))
    grads = tape.gradient(loss, generator.trainable_variables)
    g_opt.apply_gradients(zip(grads, generator.trainable_variables))
    return loss


for step in range(STEPS):
    for _ in range(N_CRITIC):
        idx = rng.integers(0, len(points), BATCH)
        c_loss = critic_step(tf.constant(points[idx]))
    g_loss = generator_step()
    if step % 200 == 0:
        print("step", step, "critic", float(c_loss), "generator", float(g_loss))


def sliced_wasserstein(a, b, n=64):
    r = np.random.default_rng(1)
    d = r.normal(size=(n, 2))
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    return float(np.mean(np.abs(np.sort(a @ d.T, 0) - np.sort(b @ d.T, 0))))


sample = generator(tf.random.normal((4000, LATENT), seed=3)).numpy()
print("FINAL_LOSS=%f" % float(c_loss))
print("FINAL_METRIC=sliced_wasserstein:%f" % sliced_wasserstein(sample, points))
