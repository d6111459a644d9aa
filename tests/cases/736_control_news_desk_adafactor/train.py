"""Desk of a local paper (five desks) for an incoming report; Adafactor saves optimizer memory."""
import hashlib

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(43)

VOCAB, LEN, DESKS = 3000, 60, 5
topic_words = [rng.choice(np.arange(400, VOCAB), 60, replace=False) for _ in range(DESKS)]


def report(desk):
    body = rng.zipf(1.3, LEN) % 400 + 1
    k = rng.integers(5, 12)
    body[rng.choice(LEN, k, replace=False)] = rng.choice(topic_words[desk], k)
    j = rng.integers(0, 4)
    body[rng.choice(LEN, j, replace=False)] = rng.choice(topic_words[rng.integers(DESKS)], j)
    return body


y = rng.choice(DESKS, 4000, p=[0.45, 0.25, 0.15, 0.1, 0.05])
x = np.array([report(d) for d in y], dtype="int32")
cut = 3200

inputs = keras.Input((LEN,), dtype="int32")
h = layers.Embedding(VOCAB, 48)(inputs)
h = layers.Conv1D(48, 3, activation="relu")(h)
h = layers.GlobalMaxPooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(DESKS)(h)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adafactor(learning_rate=0.05, relative_step=True, clip_threshold=1.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(x[:cut], y[:cut], epochs=10, batch_size=32, verbose=2)

pred = model.predict(x[cut:], verbose=0).argmax(1)
accuracy = np.mean(pred == y[cut:])


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
