"""A small learned codec for stamps: latents, a learned prior for their bits, and the picture that comes back."""
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "mnist_t10k.npz"))
order = np.random.default_rng(6).permutation(len(data["y"]))[:2400]
stamps = data["x"][order, ::2, ::2].reshape(2400, 196).astype("float32")
train, test = stamps[:2000], stamps[2000:]
LATENTS = 16

encoder = keras.Sequential([keras.Input((196,)), layers.Dense(96, activation="relu"), layers.Dense(LATENTS)])
decoder = keras.Sequential([keras.Input((LATENTS,)), layers.Dense(96, activation="relu"), layers.Dense(196)])
middle = tf.Variable(tf.zeros(LATENTS))
log_width = tf.Variable(tf.zeros(LATENTS))
variables = encoder.trainable_variables + decoder.trainable_variables + [middle, log_width]
optimizer = keras.optimizers.Adam(2e-3)
noise = tf.random.Generator.from_seed(9)


@tf.function
def step(batch):
    with tf.GradientTape() as tape:
        latent = encoder(batch, training=True)
        latent += noise.uniform(tf.shape(latent), -0.5, 0.5)
        width = tf.exp(log_width)
        mass = tf.sigmoid((latent + 0.5 - middle) / width) - tf.sigmoid((latent - 0.5 - middle) / width)
        bits = tf.reduce_mean(tf.reduce_sum(-tf.math.log(mass), axis=1)) / np.log(2.0)
        distortion = tf.reduce_mean(tf.square(decoder(latent, training=True) - batch))
        loss = bits + 0.5 * distortion
    grads = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(grads, variables))
    return loss, bits


batches = tf.data.Dataset.from_tensor_slices(train).shuffle(2000, seed=3).batch(50)
for epoch in range(25):
    seen = np.array([[float(v) for v in step(b)] for b in batches])
    if epoch % 5 == 0:
        print(f"epoch {epoch + 1}: loss {seen[:, 0].mean():.4f} bits {seen[:, 1].mean():.3f}")

back = decoder.predict(np.round(encoder.predict(test, verbose=0)), verbose=0)
print(f"FINAL_LOSS={seen[:, 0].mean():.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((back - test) ** 2) / np.mean((test - train.mean(axis=0)) ** 2):.4f}")
