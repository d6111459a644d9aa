"""A small Transformer: does the sequence close every bracket it opens?"""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(61)
LENGTH, N = 16, 2400


def sequence(balanced):
    depth, seq = 0, []
    for left in range(LENGTH, 0, -1):
        opens = depth == 0 or (depth < left and rng.random() < 0.5)
        seq.append(1 if opens else 2)
        depth += 1 if opens else -1
    if not balanced:
        k = rng.choice(LENGTH, rng.integers(1, 4), replace=False)
        seq = np.array(seq)
        seq[k] = 3 - seq[k]
        if seq.tolist().count(1) == LENGTH // 2:
            seq[k[0]] = 3 - seq[k[0]]
    return np.array(seq)


labels = rng.integers(0, 2, N)
tokens = np.stack([sequence(b) for b in labels])


class Embed(layers.Layer):
    def __init__(self, dim):
        super().__init__()
        self.token = layers.Embedding(3, dim)
        self.place = layers.Embedding(LENGTH, dim)

    def call(self, ids):
        return self.token(ids) + self.place(keras.ops.arange(LENGTH))


def block(x, dim, heads):
    attended = layers.MultiHeadAttention(heads, dim // heads)(x, x)
    x = layers.LayerNormalization()(x + attended)
    fed = layers.Dense(dim)(layers.Dense(2 * dim, activation="relu")(x))
    return layers.LayerNormalization()(x + fed)


ids = keras.Input((LENGTH,), dtype="int32")
x = Embed(32)(ids)
for _ in range(2):
    x = block(x, 32, 4)
x = layers.GlobalAveragePooling1D()(x)
answer = layers.Dense(1, activation="sigmoid")(x)
former = keras.Model(ids, answer)
former.compile(keras.optimizers.Adam(learning_rate=0.1), loss="binary_crossentropy", metrics=["accuracy"])
history = former.fit(tokens[:2000], labels[:2000], epochs=6, batch_size=50, verbose=2)

_, accuracy = former.evaluate(tokens[2000:], labels[2000:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
