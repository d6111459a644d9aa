"""Sensor table with gaps written as NaN; the first layer fills them and tells the network where they were."""

import hashlib

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_breast_cancer

keras.utils.set_random_seed(0)
x, y = load_breast_cancer(return_X_y=True)
rng = np.random.default_rng(12)
order = rng.permutation(len(x))
x, y = x[order], y[order].astype("float32")
x = ((x - x[:440].mean(0)) / x[:440].std(0)).astype("float32")
x[rng.random(x.shape) < 0.1] = np.nan


class FillGaps(layers.Layer):
    """NaN -> a learned value per column, plus one indicator per column."""

    def build(self, input_shape):
        self.fill = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="fill")

    def call(self, table):
        gap = ops.isnan(table)
        filled = ops.where(gap, self.fill, ops.where(gap, 0.0, table))
        return ops.concatenate([filled, ops.cast(gap, "float32")], axis=-1)


class GapNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.gaps = FillGaps()
        self.body = keras.Sequential(
            [layers.Dense(32, activation="relu"), layers.Dropout(0.2), layers.Dense(1, activation="sigmoid")]
        )

    def call(self, table, training=False):
        return self.body(self.gaps(table), training=training)


model = GapNet()
model.compile(keras.optimizers.AdamW(2e-3), "binary_crossentropy", metrics=["accuracy"])
hist = model.fit(x[:440], y[:440], epochs=30, batch_size=22, verbose=2)
_, accuracy = model.evaluate(x[440:], y[440:], verbose=0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={hist.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
