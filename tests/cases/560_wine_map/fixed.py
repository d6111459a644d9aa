"""A map of wines: units on a grid are pulled towards the wines, and less and less of their neighbours with them."""
import os

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "wine.npz"))
wines = ((data["x"] - data["x"].mean(axis=0)) / data["x"].std(axis=0)).astype("float32")
wines = wines[np.random.default_rng(3).permutation(len(wines))]
SIDE, EPOCHS, BATCH = 6, 60, 16

grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), axis=-1).reshape(-1, 2)
apart = tf.constant(((grid[:, None] - grid[None]) ** 2).sum(axis=-1), tf.float32)
units = tf.Variable(tf.random.normal((SIDE * SIDE, 13), stddev=0.5, seed=4), name="units")
optimizer = keras.optimizers.SGD(0.5)


@tf.function
def step(batch, reach):
    with tf.GradientTape() as tape:
        squared = tf.reduce_sum(tf.square(batch[:, None] - units[None]), axis=-1)
        winner = tf.argmin(squared, axis=1)
        pull = tf.exp(-tf.gather(apart, winner) / (2.0 * reach**2))
        energy = tf.reduce_mean(tf.reduce_sum(tf.stop_gradient(pull) * squared, axis=1))
    optimizer.apply_gradients([(tape.gradient(energy, units), units)])
    return tf.reduce_mean(tf.sqrt(tf.reduce_min(squared, axis=1)))


batches = list(tf.data.Dataset.from_tensor_slices(wines[:144]).batch(BATCH))
total = EPOCHS * len(batches)
count = 0
for epoch in range(EPOCHS):
    gaps = []
    for batch in batches:
        reach = 0.5 + 2.5 * (1.0 - count / (total - 1))
        gaps.append(float(step(batch, tf.constant(reach, tf.float32))))
        count += 1
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: distance to the map {np.mean(gaps):.4f}")

held = wines[144:]
nearest = np.sqrt(((held[:, None] - units.numpy()[None]) ** 2).sum(axis=-1)).min(axis=1)
print(f"FINAL_LOSS={np.mean(gaps):.6g}")
print(f"FINAL_METRIC=distance:{nearest.mean():.4f}")
