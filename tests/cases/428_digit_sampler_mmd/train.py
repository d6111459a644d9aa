import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ.get("CASE_DATA", os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")), "digits.npz"))
x = data["x"].astype("float32")
rng = np.random.default_rng(0)
x = x[rng.permutation(len(x))]
xtr, xte = x[:1400], x[1400:]

latent = 8
gen = keras.Sequential([
    keras.Input((latent,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(64),
])
opt = keras.optimizers.Adam(2e-3)


def sq_dist(a, b):
    return (tf.reduce_sum(a * a, 1)[:, None] + tf.reduce_sum(b * b, 1)[None, :]
            - 2.0 * tf.matmul(a, b, transpose_b=True))


sigma = 1.0


def kernel(a, b):
    return tf.exp(-sq_dist(a, b) / (2.0 * sigma ** 2))


def mmd2(a, b):
    return tf.reduce_mean(kernel(a, a)) + tf.reduce_mean(kernel(b, b)) - 2.0 * tf.reduce_mean(kernel(a, b))


@tf.function
def train_step(real):
    z = tf.random.normal((tf.shape(real)[0], latent), seed=1)
    with tf.GradientTape() as tape:
        loss = mmd2(real, gen(z, training=True))
    grads = tape.gradient(loss, gen.trainable_variables)
    opt.apply_gradients(zip(grads, gen.trainable_variables))
    return loss


ds = tf.data.Dataset.from_tensor_slices(xtr).shuffle(1400, seed=0).batch(200, drop_remainder=True)
for epoch in range(120):
    losses = [float(train_step(b)) for b in ds]
    if epoch % 10 == 0:
        print(f"epoch {epoch} mmd2 {np.mean(losses):.5f}")

fake = gen(np.random.default_rng(1).normal(size=(397, latent)).astype("float32")).numpy()


def mean_dist(a, b):
    return np.sqrt(np.maximum(((a[:, None] - b[None]) ** 2).sum(-1), 0)).mean()


energy = 2 * mean_dist(fake, xte) - mean_dist(fake, fake) - mean_dist(xte, xte)
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=energy_distance:{energy:.4f}")
