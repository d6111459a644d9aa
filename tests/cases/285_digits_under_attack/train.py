"""Digit classifier hardened by training on pictures that are changed to raise the loss."""
import hashlib
import os
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x = (data["x"].reshape(len(data["x"]), -1) / 16.0).astype("float32")
y = data["y"].astype("int64")
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order]


class Hardened(keras.Model):
    def __init__(self, eps):
        super().__init__()
        self.net = keras.Sequential([layers.Dense(96, activation="relu"), layers.Dense(96, activation="relu"),
                                     layers.Dense(10)])
        self.eps = eps

    def call(self, x, training=False):
        return self.net(x, training=training)

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as outer:
            outer.watch(x)
            clean = self.compute_loss(x, y, self(x, training=True))
        attacked = tf.clip_by_value(x + self.eps * tf.sign(outer.gradient(clean, x)), 0.0, 1.0)
        with tf.GradientTape() as tape:
            out = self(attacked, training=True)
            loss = self.compute_loss(x, y, out)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        for m in self.metrics:
            m.update_state(loss) if m.name == "loss" else m.update_state(y, out)
        return {m.name: m.result() for m in self.metrics}


model = Hardened(0.15)
model.compile(optimizer=keras.optimizers.Adam(0.002),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(x[:1400], y[:1400], epochs=25, batch_size=64, verbose=2)
acc = model.evaluate(x[1400:], y[1400:], verbose=0)[1]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
