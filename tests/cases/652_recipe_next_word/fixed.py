"""Suggest the next word of a cooking instruction."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(81)

VERBS = {"chop": ["onion", "carrot", "leek", "parsley"], "boil": ["potato", "pasta", "rice", "egg"],
         "fry": ["bacon", "mushroom", "onion", "egg"], "whisk": ["cream", "egg", "butter", "honey"]}
TAILS = {"chop": ["finely", "coarsely"], "boil": ["softly", "until", "done"],
         "fry": ["in", "hot", "oil"], "whisk": ["until", "stiff"]}


def instruction():
    verb = rng.choice(sorted(VERBS))
    return [verb, "the", str(rng.choice(VERBS[verb]))] + TAILS[verb] + ["and", "serve"]


lines = [instruction() for _ in range(1500)]

counts = {}
for line in lines:
    for word in line:
        counts[word] = counts.get(word, 0) + 1
word_index = {w: i for i, w in enumerate(sorted(counts, key=lambda w: (-counts[w], w)), start=1)}
vocab_size = len(word_index) + 1
print("vocabulary", vocab_size)

MAX = 9
rows, nexts = [], []
for line in lines:
    ids = [word_index[w] for w in line]
    for i in range(1, len(ids)):
        prefix = ids[:i][-MAX:]
        rows.append([0] * (MAX - len(prefix)) + prefix)
        nexts.append(ids[i])
rows, nexts = np.array(rows), np.array(nexts)
cut = int(0.85 * len(rows))

model = keras.Sequential([
    keras.Input((MAX,), dtype="int32"),
    layers.Embedding(vocab_size, 16),
    layers.GRU(32),
    layers.Dense(vocab_size, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(rows[:cut], nexts[:cut], epochs=5, batch_size=64, verbose=2)

_, accuracy = model.evaluate(rows[cut:], nexts[cut:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
