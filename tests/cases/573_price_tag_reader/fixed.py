"""Reads single figures from price tags; the training loop is written out."""
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

archive = np.load(os.path.join(os.environ["CASE_DATA"], "mnist_t10k.npz"))
tags = archive["x"][..., None].astype("float32") / 255.0
figures = archive["y"].astype("int64")
train = tf.data.Dataset.from_tensor_slices((tags[:3000], figures[:3000])).shuffle(3000, seed=4).batch(50)

reader = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, strides=2, activation="relu"),
        layers.Conv2D(32, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ]
)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.RMSprop(1e-3)
mean_loss = keras.metrics.Mean()


@tf.function
def step(images, labels):
    with tf.GradientTape() as tape:
        scores = reader(images, training=True)
        loss = loss_fn(labels, scores)
    grads = tape.gradient(loss, reader.trainable_variables)
    optimizer.apply_gradients(zip(grads, reader.trainable_variables))
    mean_loss.update_state(loss)


for epoch in range(5):
    mean_loss.reset_state()
    for images, labels in train:
        step(images, labels)
    print(f"epoch {epoch + 1}: loss {float(mean_loss.result()):.4f}")

guess = reader.predict(tags[8000:], verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={float(mean_loss.result()):.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == figures[8000:]):.4f}")
