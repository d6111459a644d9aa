"""Adapt a digit classifier to turned pictures by small low-rank corrections; the base stays frozen."""
import hashlib
import os
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x = (data["x"].reshape(-1, 8, 8) / 16.0).astype("float32")
y = data["y"]
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order]
turned = np.rot90(x, axes=(1, 2)).copy()
flat = lambda a: a.reshape(len(a), -1)

base = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(64, activation="relu", name="one"),
    layers.Dense(64, activation="relu", name="two"),
    layers.Dense(10, name="three"),
])
base.compile(optimizer=keras.optimizers.Adam(0.003),
             loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
base.fit(flat(x[:900]), y[:900], epochs=15, batch_size=32, verbose=0)
base.trainable = False


class LowRank(layers.Layer):
    def __init__(self, dense, rank=4, **kwargs):
        super().__init__(**kwargs)
        self.dense, self.rank = dense, rank

    def build(self, input_shape):
        self.down = self.add_weight(name="down", shape=(input_shape[-1], self.rank), initializer="he_normal")
        self.up = self.add_weight(name="up", shape=(self.rank, self.dense.units), initializer="zeros")

    def call(self, h):
        z = ops.matmul(h, self.dense.kernel) + self.dense.bias + ops.matmul(ops.matmul(h, self.down), self.up)
        return self.dense.activation(z)


inputs = keras.Input((64,))
h = inputs
for name in ("one", "two", "three"):
    h = LowRank(base.get_layer(name))(h)
model = keras.Model(inputs, h)
model.compile(optimizer=keras.optimizers.Adam(0.004),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(flat(turned[900:1500]), y[900:1500], epochs=40, batch_size=32, verbose=2)
acc = model.evaluate(flat(turned[1500:]), y[1500:], verbose=0)[1]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
