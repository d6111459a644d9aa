"""A small transformer that learns weaving drafts, one shaft number after the other."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)
SHAFTS, LENGTH = 9, 24

follow = rng.integers(0, SHAFTS, (SHAFTS, SHAFTS))


def draft():
    d = [int(rng.integers(SHAFTS)), int(rng.integers(SHAFTS))]
    while len(d) < LENGTH + 1:
        nxt = follow[d[-2], d[-1]] if rng.random() < 0.9 else rng.integers(SHAFTS)
        d.append(int(nxt))
    return d


drafts = np.array([draft() for _ in range(2200)], dtype="int32")
train, test = drafts[:1900], drafts[1900:]


class Positions(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(shape=(LENGTH, shape[-1]), initializer="random_normal")

    def call(self, x):
        return x + self.table[: ops.shape(x)[1]]


def block(x, width):
    a = layers.MultiHeadAttention(4, width // 4)(x, x)
    x = layers.LayerNormalization()(x + a)
    f = layers.Dense(2 * width, activation="relu")(x)
    return layers.LayerNormalization()(x + layers.Dense(width)(f))


tokens = keras.Input((None,), dtype="int32")
h = Positions()(layers.Embedding(SHAFTS, 40)(tokens))
for _ in range(2):
    h = block(h, 40)
writer = keras.Model(tokens, layers.Dense(SHAFTS)(h))
writer.compile(keras.optimizers.Adam(3e-3),
               keras.losses.SparseCategoricalCrossentropy(from_logits=True),
               metrics=["accuracy"])
hist = writer.fit(train[:, :-1], train[:, 1:], batch_size=64, epochs=9, verbose=2)

# continue drafts: what comes after the first n shafts?
hits, seen = 0, 0
for n in (6, 12, 18, 23):
    logits = writer.predict(test[:, :n], verbose=0)[:, -1]
    hits += np.sum(logits.argmax(-1) == test[:, n])
    seen += len(test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=next_shaft_accuracy:{hits / seen:.6f}")
