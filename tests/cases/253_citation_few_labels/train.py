import hashlib

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(57)

n, groups = 600, 4
label = rng.choice(groups, n, p=[0.6, 0.2, 0.12, 0.08])
same = label[:, None] == label[None, :]
links = np.triu(rng.random((n, n)) < np.where(same, 0.03, 0.004), 1)
links = (links | links.T).astype("float32")
words = (rng.random((n, 120)) < 0.02).astype("float32")
words[np.arange(n)[:, None], label[:, None] * 12 + rng.integers(0, 12, (n, 3))] = 1.0
known = np.zeros(n, "float32")
for g in range(groups):
    known[rng.choice(np.where(label == g)[0], 4, replace=False)] = 1.0

smooth = links + np.eye(n, dtype="float32")
scale = 1 / np.sqrt(smooth.sum(axis=1))
smooth = scale[:, None] * smooth * scale[None, :]


class Propagate(layers.Layer):
    def __init__(self, matrix):
        super().__init__()
        self.matrix = ops.convert_to_tensor(matrix)

    def call(self, h):
        return ops.matmul(self.matrix, h)


inputs = keras.Input((120,), batch_size=n)
h = layers.Dense(24, activation="relu")(inputs)
h = Propagate(smooth)(h)
h = layers.Dropout(0.5)(h)
h = Propagate(smooth)(layers.Dense(groups)(h))
model = keras.Model(inputs, layers.Softmax()(h))
optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.01)
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
history = model.fit(words, label, sample_weight=known, batch_size=n, epochs=150, shuffle=False, verbose=0)
for epoch in range(0, 150, 25):
    print(f"epoch {epoch + 1}: loss {history.history['loss'][epoch]:.5f}")

pred = model.predict(words, batch_size=n, verbose=0).argmax(axis=1)
accuracy = np.mean((pred == label)[known == 0])

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
