import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

# a drawer of 12 keys, each described by 48 laser readings and a tag (one of 5);
# given a fresh reading of one key, tell its tag
SLOTS, DIM, TAGS = 12, 48, 5


def drawers(n):
    keys = rng.normal(size=(n, SLOTS, DIM)) * 3.0
    tags = rng.integers(0, TAGS, size=(n, SLOTS))
    pick = rng.integers(0, SLOTS, size=n)
    query = keys[np.arange(n), pick] + 0.6 * rng.normal(size=(n, DIM))
    return (query[:, None].astype("float32"), keys.astype("float32"),
            np.eye(TAGS, dtype="float32")[tags]), tags[np.arange(n), pick]


(q_tr, k_tr, v_tr), y_tr = drawers(3000)
(q_te, k_te, v_te), y_te = drawers(1000)


class DotAttention(layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.units = units
        self.wq = layers.Dense(units, use_bias=False)
        self.wk = layers.Dense(units, use_bias=False)

    def call(self, query, keys, values):
        q = self.wq(query)
        k = self.wk(keys)
        scores = ops.matmul(q, ops.transpose(k, (0, 2, 1)))
        return ops.matmul(ops.softmax(scores, axis=-1), values)


query = keras.Input((1, DIM))
keys = keras.Input((SLOTS, DIM))
values = keras.Input((SLOTS, TAGS))
found = DotAttention(256)(query, keys, values)
h = layers.Dense(32, activation="relu")(layers.Flatten()(found))
out = layers.Dense(TAGS, activation="softmax")(h)
model = keras.Model([query, keys, values], out)

model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit([q_tr, k_tr, v_tr], y_tr, batch_size=64, epochs=25, verbose=2)
_, acc = model.evaluate([q_te, k_te, v_te], y_te, verbose=0)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
