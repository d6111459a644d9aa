"""Patches of rust on photographs of railings; the overlap is trained on in a loop."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(1)
rng = np.random.default_rng(8)


def photos(n):
    grid = np.stack(np.meshgrid(np.arange(20), np.arange(20)), -1)
    middle = rng.uniform(4, 16, size=(n, 1, 1, 2))
    radius = rng.uniform(3, 7, size=(n, 1, 1))
    rust = np.linalg.norm(grid - middle, axis=-1) < radius
    photo = rng.normal(0.4, 0.15, size=(n, 20, 20, 3)) + rust[..., None] * np.array([0.35, 0.05, -0.1])
    return photo.astype("float32"), rust[..., None].astype("float32")


x, y = photos(480)
x_test, y_test = photos(120)

net = keras.Sequential([
    keras.Input((20, 20, 3)),
    layers.Conv2D(12, 3, padding="same", activation="relu"),
    layers.Conv2D(12, 3, padding="same", activation="relu"),
    layers.Conv2D(1, 1, activation="sigmoid"),
])
optimizer = keras.optimizers.Adam(5e-3)


def overlap_loss(mask, answer):
    found = tf.cast(answer > 0.5, tf.float32)
    both = tf.reduce_sum(mask * found, axis=(1, 2, 3))
    either = tf.reduce_sum(mask + found, axis=(1, 2, 3)) - both
    return 1.0 - tf.reduce_mean((both + 1.0) / (either + 1.0))


@tf.function
def step(photo, mask):
    with tf.GradientTape() as tape:
        loss = overlap_loss(mask, net(photo, training=True))
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(480, seed=2).batch(24)
for epoch in range(8):
    losses = [float(step(photo, mask)) for photo, mask in data]

said = net.predict(x_test, verbose=0) > 0.5
iou = np.sum(said * y_test) / max(np.sum(np.maximum(said, y_test)), 1)
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=iou:%f" % iou)
