"""Language of short place names from letter trigrams, softmax regression that starts at zero."""
import hashlib

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(628)
LANGUAGES, LETTERS, BUCKETS = 7, 24, 4096

tables = [rng.dirichlet(np.full(LETTERS, 0.22), size=LETTERS) for _ in range(LANGUAGES)]


def place(language):
    letters = [int(rng.integers(0, LETTERS))]
    for _ in range(rng.integers(5, 12)):
        letters.append(int(rng.choice(LETTERS, p=tables[language][letters[-1]])))
    return letters


def trigrams(letters):
    v = np.zeros(BUCKETS, "float32")
    for a, b, c in zip(letters, letters[1:], letters[2:]):
        v[(a * 576 + b * 24 + c) * 2654435761 % BUCKETS] += 1.0
    for a, b in zip(letters, letters[1:]):
        v[(a * 24 + b + 77777) * 40503 % BUCKETS] += 1.0
    return v / max(np.linalg.norm(v), 1.0)


y = rng.integers(0, LANGUAGES, 5000)
x = np.stack([trigrams(place(k)) for k in y])

model = keras.Sequential([
    keras.Input((BUCKETS,)),
    layers.Dense(LANGUAGES, activation="softmax", kernel_initializer="zeros",
                 kernel_regularizer=keras.regularizers.L2(1e-5)),
])
model.compile(optimizer=keras.optimizers.SGD(6.0), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x[:4000], y[:4000], batch_size=50, epochs=15, verbose=2)

accuracy = np.mean(model.predict(x[4000:], verbose=0).argmax(axis=1) == y[4000:])

def fingerprint(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + fingerprint(model.get_weights()))
print("OPTIMIZER_SHA256=" + fingerprint(model.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
