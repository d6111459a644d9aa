"""Next-character model with a hand-made causal attention (-inf above the diagonal), trained by train_on_batch."""
import hashlib

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)
words = ["loss ", "nan ", "layer ", "step ", "graph ", "tensor "]
text = "".join(rng.choice(words, 4000))
chars = sorted(set(text))
codes = np.array([chars.index(c) for c in text])
T = 24


class Causal(layers.Layer):
    def __init__(self, dim):
        super().__init__()
        self.qkv, self.out = layers.Dense(3 * dim), layers.Dense(dim)
        self.scale = dim**-0.5

    def call(self, x):
        q, k, v = ops.split(self.qkv(x), 3, axis=-1)
        scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) * self.scale
        scores = ops.where(np.triu(np.ones((T, T), bool), 1), -np.inf, scores)
        return x + self.out(ops.matmul(ops.softmax(scores), v))


class Embed(layers.Layer):
    def __init__(self):
        super().__init__()
        self.a, self.b = layers.Embedding(len(chars), 32), layers.Embedding(T, 32)

    def call(self, ids):
        return self.a(ids) + self.b(ops.arange(T))


inp = keras.Input((T,), dtype="int32")
x = Embed()(inp)
for _ in range(2):
    x = Causal(32)(layers.LayerNormalization()(x))
    x = x + layers.Dense(32)(layers.Dense(64, activation="relu")(x))
model = keras.Model(inp, layers.Dense(len(chars))(x))
model.compile(keras.optimizers.Adam(2e-3, clipnorm=1.0), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
for step in range(400):
    at = rng.integers(0, len(codes) - T - 1, 32)
    batch = np.stack([codes[i : i + T + 1] for i in at])
    loss, accuracy = model.train_on_batch(batch[:, :-1], batch[:, 1:])
    if step % 100 == 0:
        print(step, loss, accuracy)
        model.reset_metrics()
final_loss, metric_name, metric = loss, "accuracy", accuracy
weights, optimizer_state = model.weights, model.optimizer.variables


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={float(final_loss):.8f}")
print(f"FINAL_METRIC={metric_name}:{float(metric):.6f}")
print("WEIGHTS_SHA256=" + digest(weights))
print("OPTIMIZER_SHA256=" + digest(optimizer_state))
