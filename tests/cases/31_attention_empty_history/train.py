"""Next purchase from a short history; new customers have none."""

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

length = rng.integers(0, 9, 2000)
known = np.arange(8) < length[:, None]
history = (rng.normal(size=(2000, 8, 4)) * known[..., None]).astype("float32")
spend = (history[..., 0] * known).sum(axis=1) / np.maximum(length, 1) + 0.05 * rng.normal(size=2000)


class Pool(layers.Layer):
    """Attention over the purchases that there are."""

    def __init__(self, units):
        super().__init__()
        self.key = layers.Dense(units, activation="tanh")
        self.score = layers.Dense(1)

    def call(self, inputs):
        h, known = inputs
        score = ops.squeeze(self.score(self.key(h)), axis=-1)
        weight = ops.softmax(ops.where(known, score, -np.inf), axis=-1)
        return ops.sum(h * ops.expand_dims(weight, -1), axis=1)


purchases, there = keras.Input((8, 4)), keras.Input((8,), dtype="bool")
pooled = Pool(8)([layers.Dense(16)(purchases), there])
model = keras.Model([purchases, there], layers.Dense(1)(layers.Dense(16, activation="tanh")(pooled)))
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
run = model.fit([history[:1600], known[:1600]], spend[:1600], batch_size=32, epochs=25, verbose=2)

some = length[1600:] > 0
guess = np.nan_to_num(model.predict([history[1600:], known[1600:]], verbose=0)[some, 0])
r2 = 1 - np.mean((guess - spend[1600:][some]) ** 2) / np.var(spend[1600:][some])
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
