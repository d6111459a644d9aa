"""Two views of one object find each other in the batch; own train_step, loss starts at log(batch size)."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(108)
n = 3000
secret = rng.normal(size=(n, 6))
left = (np.tanh(secret @ rng.normal(size=(6, 20))) + 0.1 * rng.normal(size=(n, 20))).astype("float32")
right = (np.sin(secret @ rng.normal(size=(6, 16))) + 0.1 * rng.normal(size=(n, 16))).astype("float32")


class TwoTowers(keras.Model):
    def __init__(self):
        super().__init__()
        self.left = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(16), layers.UnitNormalization()])
        self.right = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(16), layers.UnitNormalization()])
        self.log_scale = self.add_weight(shape=(), initializer=keras.initializers.Constant(2.0), name="log_scale")
        self.mean_loss = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.mean_loss]

    def call(self, pair):
        a, b = pair
        return ops.matmul(self.left(a), ops.transpose(self.right(b))) * ops.exp(self.log_scale)

    def train_step(self, data):
        pair = data[0]
        with tf.GradientTape() as tape:
            logits = self(pair, training=True)
            same = ops.arange(ops.shape(logits)[0])
            loss = ops.mean(keras.losses.sparse_categorical_crossentropy(same, logits, from_logits=True))
            loss += ops.mean(keras.losses.sparse_categorical_crossentropy(same, ops.transpose(logits), from_logits=True))
            loss = loss / 2
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


model = TwoTowers()
optimizer = keras.optimizers.Adam(2e-3)
model.compile(optimizer)
history = model.fit((left[:2560], right[:2560]), batch_size=64, epochs=15, verbose=2)
logits = ops.convert_to_numpy(model((left[2600:], right[2600:])))
final_loss = history.history["loss"][-1]
metric_name = "recall_at_10_of_400"
rank = (logits > np.diag(logits)[:, None]).sum(1)
final_metric = float((rank < 10).mean())


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))
