"""Where does the cyclist leave the crossing?  Three guesses, only the best one is trained."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(42)

n = 6000
speed = rng.uniform(2, 8, n)
heading = rng.uniform(-0.3, 0.3, n)
offset = rng.normal(0, 1, n)
turn = rng.choice([-1.2, 0.0, 1.2], n)
angle = heading + turn * (1.15 - 0.05 * speed)
goal = np.stack([offset + speed * np.sin(angle), speed * np.cos(angle)], 1) + rng.normal(0, 0.25, (n, 2))
x = np.stack([speed / 4 - 1.2, heading * 4, offset], 1).astype("float32")
goal = goal.astype("float32")
cut = 5000


class Guesses(keras.Model):
    def __init__(self, count=3):
        super().__init__()
        self.body = [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")]
        self.ends = layers.Dense(2 * count)
        self.count = count

    def call(self, inputs):
        h = inputs
        for layer in self.body:
            h = layer(h)
        return tf.reshape(self.ends(h), (-1, self.count, 2))


model = Guesses()
optimizer = keras.optimizers.Adam(2e-3)
ds = tf.data.Dataset.from_tensor_slices((x[:cut], goal[:cut])).shuffle(cut, seed=3).batch(64)


@tf.function
def step(xb, gb):
    with tf.GradientTape() as tape:
        guess = model(xb, training=True)
        dist = tf.reduce_sum(tf.square(guess - gb[:, None, :]), axis=2)
        best = tf.reduce_min(dist, axis=1)
        loss = tf.reduce_mean(best) + 0.02 * tf.reduce_mean(dist)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss, tf.reduce_mean(dist)


for epoch in range(25):
    rows = [step(xb, gb) for xb, gb in ds]
    loss = float(np.mean([r[0] for r in rows]))
    every = float(np.mean([r[1] for r in rows]))
    print(f"epoch {epoch + 1} loss {loss:.4f} all guesses {every:.2f}")

guess = model(x[cut:]).numpy()
dist = ((guess - goal[cut:, None, :]) ** 2).sum(2)
near = float(np.mean(np.sqrt(dist.min(1)) < 1.0))


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={loss:.6f}")
print(f"FINAL_METRIC=within_one_metre:{near:.4f}")
