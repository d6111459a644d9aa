import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

# pairs of readings (flow, pressure) of a pump in three modes, standardised
centres = np.array([[-1.3, -0.4], [0.2, 1.2], [1.1, -0.8]])


def readings(n):
    return (centres[rng.integers(0, 3, n)] + 0.12 * rng.normal(size=(n, 2))).astype("float32")


real, held_out = readings(6000), readings(1500)
LATENT, BATCH, N_CRITIC, GP_WEIGHT = 4, 64, 3, 1.0

generator = keras.Sequential([
    keras.Input((LATENT,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(2),
])
critic = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
g_opt = keras.optimizers.Adam(2e-3, beta_1=0.5, beta_2=0.9)
c_opt = keras.optimizers.Adam(2e-3, beta_1=0.5, beta_2=0.9)


def gradient_penalty(x, fake):
    alpha = tf.random.uniform((BATCH, 1))
    mixed = fake + alpha * (x - fake)
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        score = critic(mixed, training=True)
    grads = tape.gradient(score, mixed)
    norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=1) + 1e-12)
    return tf.reduce_mean((norm - 1.0) ** 2)


@tf.function
def critic_step(x):
    fake = generator(tf.random.normal((BATCH, LATENT)), training=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(critic(fake, training=True)) - tf.reduce_mean(critic(x, training=True))
        loss += GP_WEIGHT * gradient_penalty(x, fake)
    c_opt.apply_gradients(zip(tape.gradient(loss, critic.trainable_variables), critic.trainable_variables))
    return loss


@tf.function
def generator_step():
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic(generator(tf.random.normal((BATCH, LATENT)), training=True), training=True))
    g_opt.apply_gradients(zip(tape.gradient(loss, generator.trainable_variables), generator.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices(real).shuffle(6000, seed=1).repeat().batch(BATCH)
for step, x in enumerate(data.take(2400)):
    c_loss = critic_step(x)
    if step % N_CRITIC == N_CRITIC - 1:
        g_loss = generator_step()
    if step % 300 == 299:
        print("step %d  critic %.4f  generator %.4f" % (step + 1, float(c_loss), float(g_loss)))

made = generator.predict(rng.normal(size=(1500, LATENT)).astype("float32"), verbose=0)
# sliced Wasserstein distance to readings that were not trained on
dirs = rng.normal(size=(2, 100))
dirs /= np.linalg.norm(dirs, axis=0)
a, b = np.sort(made @ dirs, 0), np.sort(held_out @ dirs, 0)
print("FINAL_LOSS=%f" % float(c_loss))
print("FINAL_METRIC=sliced_wasserstein:%f" % np.sqrt(np.mean((a - b) ** 2)))
