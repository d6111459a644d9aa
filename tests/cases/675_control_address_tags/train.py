"""Find street, number and town in scanned delivery notes. Only the annotated words count in the loss."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

VOCAB, LENGTH, TAGS = 600, 60, 4
# ids: 1..399 plain words, 400..479 street names, 480..539 numbers, 540..599 towns


def note(rng):
    n = rng.integers(25, LENGTH + 1)
    words = rng.integers(1, 400, n)
    tags = np.zeros(n, int)
    at = rng.integers(3, n - 4)
    words[at:at + 3] = [rng.integers(400, 480), rng.integers(480, 540), rng.integers(540, 600)]
    tags[at:at + 3] = [1, 2, 3]
    # numbers and towns elsewhere in the note are not part of the address
    free = [i for i in range(n) if i < at - 1 or i > at + 3]
    words[rng.choice(free)] = rng.integers(480, 540)
    words[rng.choice(free)] = rng.integers(540, 600)
    seen = np.zeros(n, "float32")
    seen[max(0, at - 1):at + 4] = 1
    return words, tags, seen


class Notes(keras.utils.PyDataset):
    def __init__(self, batches, seed, **kw):
        super().__init__(**kw)
        self.batches, self.seed = batches, seed

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        rng = np.random.default_rng([self.seed, index])
        x = np.zeros((48, LENGTH), "int32")
        y = np.zeros((48, LENGTH), "int32")
        w = np.zeros((48, LENGTH), "float32")
        for i in range(48):
            words, tags, seen = note(rng)
            k = len(words)
            x[i, :k], y[i, :k] = words, tags
            extra = rng.random(k) < 0.05
            w[i, :k] = np.maximum(seen * 0.2, extra * 0.2)
        return x, y, w


inp = keras.Input((LENGTH,), dtype="int32")
h = layers.Embedding(VOCAB, 24)(inp)
h = layers.Conv1D(48, 5, padding="same", activation="relu")(h)
h = layers.Conv1D(48, 3, padding="same", activation="relu")(h)
model = keras.Model(inp, layers.Dense(TAGS, activation="softmax")(h))
model.compile(optimizer=keras.optimizers.RMSprop(2e-3), loss="sparse_categorical_crossentropy")
hist = model.fit(Notes(80, seed=1), epochs=8, verbose=2)

hit = total = found = 0
test = Notes(10, seed=99)
for b in range(len(test)):
    x, y, _ = test[b]
    p = model.predict_on_batch(x).argmax(-1)
    p[x == 0] = 0
    hit += np.sum((p == y) & (y > 0))
    total += np.sum(y > 0)
    found += np.sum(p > 0)
f1 = 2 * hit / (total + found)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=f1:{float(f1)}")
