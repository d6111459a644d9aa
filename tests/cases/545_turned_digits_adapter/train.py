"""A digit reader that is already trained gets small low-rank adapters for a scanner that turns the page."""
import os

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
images = (data["x"] / 16.0).astype("float32")
labels = data["y"].astype("int32")
order = np.random.default_rng(3).permutation(len(images))
images, labels = images[order], labels[order]
turned = np.rot90(images.reshape(-1, 8, 8), axes=(1, 2)).reshape(-1, 64).copy()


class AdaptedDense(layers.Layer):
    def __init__(self, units, rank=6, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units, self.rank = units, rank
        self.activation = keras.activations.get(activation)

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.down = self.add_weight(shape=(shape[-1], self.rank), initializer="zeros", name="down")
        self.up = self.add_weight(shape=(self.rank, self.units), initializer="zeros", name="up")

    def call(self, x):
        return self.activation(x @ self.kernel + self.bias + (x @ self.down) @ self.up)


first = AdaptedDense(96, activation="relu")
second = AdaptedDense(48, activation="relu")
third = AdaptedDense(10)
model = keras.Sequential([keras.Input((64,)), first, second, third])
dense = (first, second, third)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def train(x, y, variables, optimizer, epochs):
    @tf.function
    def step(xb, yb):
        with tf.GradientTape() as tape:
            loss = loss_fn(yb, model(xb, training=True))
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=1).batch(32)
    for epoch in range(epochs):
        losses = [float(step(xb, yb)) for xb, yb in batches]
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")
    return np.mean(losses)


base = [v for d in dense for v in (d.kernel, d.bias)]
train(images[:900], labels[:900], base, keras.optimizers.Adam(3e-3), 12)
print("upright", np.mean(model.predict(images[1400:], verbose=0).argmax(1) == labels[1400:]))

adapters = [v for d in dense for v in (d.down, d.up)]
last = train(turned[900:1400], labels[900:1400], adapters, keras.optimizers.Adam(5e-3), 40)
accuracy = np.mean(model.predict(turned[1400:], verbose=0).argmax(1) == labels[1400:])
print(f"FINAL_LOSS={last:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
