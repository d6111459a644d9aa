"""Learn an embedding of part codes so that codes of the same family lie close together."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

ALPHABET, LENGTH, FAMILIES = 12, 8, 20
TEMPLATES = rng.integers(0, ALPHABET, (FAMILIES, LENGTH))


def sample_codes(family):
    codes = TEMPLATES[family].copy()
    change = rng.random(codes.shape) < 0.18
    codes[change] = rng.integers(0, ALPHABET, change.sum())
    return codes.astype("int32")


def make_triplets(n):
    fam = rng.integers(0, FAMILIES, n)
    other = (fam + rng.integers(1, FAMILIES, n)) % FAMILIES
    return sample_codes(fam), sample_codes(fam), sample_codes(other)


class Encoder(keras.layers.Layer):
    def __init__(self, dim):
        super().__init__()
        self.table = keras.layers.Embedding(ALPHABET, 12)
        self.conv = keras.layers.Conv1D(32, 3, padding="same", activation="relu")
        self.flat = keras.layers.Flatten()
        self.proj = keras.layers.Dense(dim)

    def call(self, codes):
        return self.proj(self.flat(self.conv(self.table(codes))))


def distance(u, v):
    return tf.sqrt(tf.reduce_sum(tf.square(u - v), axis=1) + 1e-8)


encoder = Encoder(16)
optimizer = keras.optimizers.Adam(1e-3)
MARGIN = 1.0


@tf.function
def step(anchor, positive, negative):
    with tf.GradientTape() as tape:
        ea, ep, en = encoder(anchor), encoder(positive), encoder(negative)
        hinge = tf.maximum(distance(ea, ep) - distance(ea, en) + MARGIN, 0.0)
        loss = tf.reduce_mean(hinge)
    grads = tape.gradient(loss, encoder.trainable_variables)
    optimizer.apply_gradients(zip(grads, encoder.trainable_variables))
    return loss


for it in range(600):
    a, p, n = make_triplets(64)
    loss = step(tf.constant(a), tf.constant(p), tf.constant(n))
    if it % 100 == 0:
        print(it, float(loss))

fam = rng.integers(0, FAMILIES, 1000)
queries = encoder(tf.constant(sample_codes(fam))).numpy()
centres = encoder(tf.constant(TEMPLATES.astype("int32"))).numpy()
nearest = np.argmin(np.linalg.norm(queries[:, None] - centres[None], axis=-1), axis=1)
print("FINAL_LOSS=%.6f" % float(loss))
print("FINAL_METRIC=accuracy:%.6f" % np.mean(nearest == fam))
