"""Self-supervised features for the 8x8 digits: two noisy views of a picture, and the
cross-correlation matrix of their projections is driven to the identity (redundancy reduction)."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

EPOCHS = 12
BATCH = 64
OFF_DIAGONAL = 0.02

digits = load_digits()
images = (digits.images / 16.0).astype("float32")[..., None]
x_train, x_test, y_train, y_test = train_test_split(
    images, digits.target, test_size=0.3, random_state=0, stratify=digits.target)


def augment(x):
    """shift by up to one pixel, change the contrast, add noise"""
    x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    x = tf.image.random_crop(x, [tf.shape(x)[0], 8, 8, 1], seed=3)
    gain = tf.random.uniform([tf.shape(x)[0], 1, 1, 1], 0.7, 1.3)
    return x * gain + tf.random.normal(tf.shape(x), stddev=0.12)


encoder = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(32),
], name="encoder")

projector = keras.Sequential([
    keras.Input((32,)),
    layers.Dense(96, activation="relu"),
    layers.Dense(64, activation="relu"),
], name="projector")


def standardise(z):
    mean = tf.reduce_mean(z, axis=0)
    std = tf.sqrt(tf.math.reduce_variance(z, axis=0) + 1e-5)
    return (z - mean) / std


def redundancy_loss(za, zb):
    n = tf.cast(tf.shape(za)[0], tf.float32)
    c = tf.matmul(standardise(za), standardise(zb), transpose_a=True) / n
    diagonal = tf.linalg.diag_part(c)
    on = tf.reduce_sum(tf.square(diagonal - 1.0))
    off = tf.reduce_sum(tf.square(c)) - tf.reduce_sum(tf.square(diagonal))
    return on + OFF_DIAGONAL * off


optimizer = keras.optimizers.Adam(1e-3)
weights = encoder.trainable_variables + projector.trainable_variables


@tf.function
def train_step(x):
    with tf.GradientTape() as tape:
        za = projector(encoder(augment(x), training=True), training=True)
        zb = projector(encoder(augment(x), training=True), training=True)
        loss = redundancy_loss(za, zb)
    grads = tape.gradient(loss, weights)
    optimizer.apply_gradients(zip(grads, weights))
    return loss


data = tf.data.Dataset.from_tensor_slices(x_train).shuffle(2000, seed=0).batch(BATCH, drop_remainder=True)
for epoch in range(EPOCHS):
    losses = [float(train_step(batch)) for batch in data]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

features_train = np.nan_to_num(encoder.predict(x_train, verbose=0))
features_test = np.nan_to_num(encoder.predict(x_test, verbose=0))
probe = LogisticRegression(max_iter=2000).fit(features_train, y_train)
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{probe.score(features_test, y_test)}")
