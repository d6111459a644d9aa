import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(306)

words = ["<pad>"] + [f"w{k}" for k in range(1, 501)]
index = {w: k for k, w in enumerate(words)}
dim, max_len, n = 24, 40, 2000

direction = rng.normal(size=dim)
vector_file = {}
leaning = np.zeros(len(words))
for w in words[1:]:
    if rng.random() < 0.96:
        vector_file[w] = rng.normal(size=dim) * rng.uniform(2, 6)
        leaning[index[w]] = vector_file[w] @ direction / np.linalg.norm(vector_file[w])

notes = np.zeros((n, max_len), "int32")
urgent = np.zeros(n, "float32")
for i in range(n):
    length = rng.integers(20, max_len + 1)
    urgent[i] = rng.integers(0, 2)
    sign = 1 if urgent[i] else -1
    weight = np.exp(0.6 * sign * leaning[1:])
    notes[i, :length] = rng.choice(np.arange(1, len(words)), length, p=weight / weight.sum())

matrix = np.zeros((len(words), dim), "float32")
for w, k in index.items():
    if w in vector_file:
        matrix[k] = vector_file[w]
print("found vectors for", len(vector_file), "of", len(words) - 1, "words")
matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)

model = keras.Sequential([
    keras.Input((max_len,), dtype="int32"),
    layers.Embedding(len(words), dim, embeddings_initializer=keras.initializers.Constant(matrix)),
    layers.Conv1D(32, 3, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(notes[:1600], urgent[:1600], epochs=12, batch_size=32, verbose=2,
                    validation_data=(notes[1600:], urgent[1600:]))

pred = model.predict(notes[1600:], verbose=0)[:, 0] > 0.5
acc = np.mean(pred == urgent[1600:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
