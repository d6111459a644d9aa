"""Finds names, dates and places in mails; a word cut into pieces has its tag on the first
piece only."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(43)

TAGS = ["O", "NAME", "DATE", "PLACE"]
STEMS = {"O": ["hello", "see", "you", "at", "the", "meeting", "thanks", "please", "send"],
         "NAME": ["anna", "boris", "chloe", "dimitri"],
         "DATE": ["monday", "friday", "tomorrow", "easter"],
         "PLACE": ["berlin", "lisbon", "riverside", "headquarters"]}
PIECES = {}


def pieces(word):
    return [word[i:i + 5] if i == 0 else "##" + word[i:i + 5] for i in range(0, len(word), 5)]


for words in STEMS.values():
    for word in words:
        for p in pieces(word):
            PIECES.setdefault(p, len(PIECES) + 1)
LENGTH = 24


def mail():
    ids, tags = [], []
    while len(ids) < LENGTH - 4:
        tag = rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])
        word = STEMS[TAGS[tag]][rng.integers(len(STEMS[TAGS[tag]]))]
        for i, p in enumerate(pieces(word)):
            ids.append(PIECES[p])
            tags.append(tag if i == 0 else -1)
    pad = LENGTH - len(ids)
    return ids + [0] * pad, tags + [-1] * pad


mails = [mail() for _ in range(1200)]
ids = np.array([m[0] for m in mails], "int32")
tags = np.array([m[1] for m in mails], "int32")
train, test = slice(0, 900), slice(900, 1200)

net = keras.Sequential([
    keras.Input((LENGTH,), dtype="int32"),
    layers.Embedding(len(PIECES) + 1, 16),
    layers.Bidirectional(layers.LSTM(16, return_sequences=True)),
    layers.Dense(len(TAGS)),
])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
net.compile(optimizer=keras.optimizers.Adam(3e-3), loss=loss)
history = net.fit(ids[train], tags[train], batch_size=30, epochs=6, verbose=0)

guess = net.predict(ids[test], verbose=0).argmax(-1)
seen = tags[test] >= 0
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=tag_accuracy:{float(np.mean(guess[seen] == tags[test][seen])):.6f}")
