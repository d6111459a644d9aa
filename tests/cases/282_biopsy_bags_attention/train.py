"""Is there a tumour cell among the thirty cells of a biopsy? Only the biopsy has a label."""
import hashlib
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(106)

BAGS, CELLS, FEATURES = 1500, 30, 12
x = rng.normal(size=(BAGS, CELLS, FEATURES))
y = (rng.random(BAGS) < 0.5).astype("float32")
pattern = rng.normal(size=FEATURES)
pattern *= 3.4 / np.linalg.norm(pattern)
for b in np.flatnonzero(y):
    x[b, rng.integers(CELLS)] += pattern
x = x.astype("float32")
x_train, y_train, x_test, y_test = x[:1200], y[:1200], x[1200:], y[1200:]


class Biopsies(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size=40, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, i):
        rows = slice(i * self.batch_size, (i + 1) * self.batch_size)
        return self.x[rows], self.y[rows]


inputs = keras.Input((CELLS, FEATURES))
h = layers.Dense(24, activation="relu")(inputs)
score = layers.Dense(1)(layers.Dense(16, activation="tanh")(h))
weight = layers.Softmax(axis=1)(score)
pooled = layers.Lambda(lambda t: ops.sum(t[0] * t[1], axis=1))([weight, h])
output = layers.Dense(1, activation="sigmoid")(pooled)
model = keras.Model(inputs, output)
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(Biopsies(x_train, y_train), epochs=40, verbose=2)
acc = model.evaluate(x_test, y_test, verbose=0)[1]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
