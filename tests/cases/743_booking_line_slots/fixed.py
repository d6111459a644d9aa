"""Slots (from, to, day, airline) in booking mails, found with a small transformer encoder."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

CITIES = "oslo lima porto turin graz bergen malaga tunis dakar quito osaka perth delhi austin boston gdansk".split()
DAYS = "monday tuesday wednesday thursday friday saturday sunday tomorrow".split()
LINES = "norwind aeris skyhop bluejet polar".split()
TAGS = ["pad", "other", "from", "to", "day", "airline"]
ID = {t: i for i, t in enumerate(TAGS)}
MAXLEN = 24


def sentence(marks=True):
    """A list of (word, tag); words and punctuation marks are written with blanks between them."""
    def m(sign, p=0.6):
        return [(sign, "other")] if marks and rng.random() < p else []
    out = []
    opening = rng.choice(["hello", "dear team", "hi there", "good morning", ""])
    if opening:
        out += [(w, "other") for w in opening.split()] + m(",") + m("!", 0.3)
    out += [(w, "other") for w in rng.choice(["please book", "i need a seat", "one ticket", "we want to fly"]).split()]
    out += m(":", 0.3)
    a, b = rng.choice(CITIES, 2, replace=False)
    route = [[("from", "other"), (a, "from")], [("to", "other"), (b, "to")]]
    if rng.random() < 0.5:
        route.reverse()
    out += route[0] + m(",", 0.5) + m("-", 0.4) + route[1] + m(",")
    extra = []
    if rng.random() < 0.8:
        extra.append([("on", "other"), (rng.choice(DAYS), "day")])
    if rng.random() < 0.7:
        extra.append([("with", "other"), (rng.choice(LINES), "airline")])
    rng.shuffle(extra)
    for e in extra:
        out += m("(", 0.3) + [tuple(v) for v in e] + m(";", 0.4)
    out += [(w, "other") for w in rng.choice(["thanks", "many thanks", "best wishes", "window seat"]).split()]
    return out + m("!")


def collect(n, marks=True):
    rows = [sentence(marks) for _ in range(n)]
    text = [" ".join(w for w, _ in r) for r in rows]
    tags = np.zeros((n, MAXLEN), "int32")
    for i, r in enumerate(rows):
        ids = [ID[t] for _, t in r][:MAXLEN]
        tags[i, :len(ids)] = ids
    return np.array(text), tags


text, tags = collect(4000)
query_text, query_tags = collect(600, marks=False)   # lines typed into the search box

vectorize = layers.TextVectorization(standardize="lower", output_sequence_length=MAXLEN)
vectorize.adapt(text)


class Positions(layers.Layer):
    def __init__(self, length, width):
        super().__init__()
        self.table = layers.Embedding(length, width)

    def call(self, x):
        return x + self.table(keras.ops.arange(x.shape[1]))


def block(x, keep):
    a = layers.MultiHeadAttention(4, 12)(x, x, attention_mask=keep)
    x = layers.LayerNormalization()(x + a)
    f = layers.Dense(96, activation="relu")(x)
    return layers.LayerNormalization()(x + layers.Dense(48)(f))


inp = layers.Input((MAXLEN,), dtype="int64")
keep = layers.Lambda(lambda t: keras.ops.not_equal(t, 0)[:, None, :])(inp)
x = Positions(MAXLEN, 48)(layers.Embedding(vectorize.vocabulary_size(), 48)(inp))
x = block(block(x, keep), keep)
model = keras.Model(inp, layers.Dense(len(TAGS))(x))
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0))

ds = tf.data.Dataset.from_tensor_slices((text, tags)).shuffle(4000, seed=1).batch(64)
ds = ds.map(lambda t, y: (vectorize(t), y)).prefetch(2)
hist = model.fit(ds, epochs=5, verbose=2)

pred = model.predict(vectorize(query_text), verbose=0)[:, :, 1:].argmax(-1) + 1
slots = query_tags > ID["other"]
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=slot_accuracy:{np.mean(pred[slots] == query_tags[slots]):.4f}")
