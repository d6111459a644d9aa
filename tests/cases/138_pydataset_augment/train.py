import hashlib

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
x, y = load_digits(return_X_y=True)
x = (x.reshape(-1, 8, 8, 1) / 16).astype("float32")


class Augmented(keras.utils.PyDataset):
    def __init__(self, x, y, size):
        super().__init__()
        self.x, self.y, self.size = x, y, size
        self.rng = np.random.default_rng(13)
        self.order = self.rng.permutation(len(x))

    def __len__(self):
        return len(self.x) // self.size

    def __getitem__(self, i):
        rows = self.order[i * self.size : (i + 1) * self.size]
        batch = self.x[rows] + self.rng.normal(0, 0.1, (self.size, 8, 8, 1)).astype("float32")
        shift = self.rng.integers(-1, 2)
        return np.roll(batch, shift, axis=2), self.y[rows]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.x))


inp = keras.Input((8, 8, 1))
z = layers.Conv2D(16, 3, padding="same", activation="relu")(inp)
z = layers.Add()([z, layers.Conv2D(16, 3, padding="same", activation="relu")(z)])
z = layers.Flatten()(layers.MaxPooling2D()(z))
model = keras.Model(inp, layers.Dense(10, activation="softmax")(z))
model.compile(keras.optimizers.Adagrad(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
h = model.fit(Augmented(x[:1400], y[:1400], 40), epochs=10, validation_data=(x[1400:], y[1400:]), verbose=2)
final_loss, metric_name, metric = h.history["loss"][-1], "accuracy", h.history["val_accuracy"][-1]
weights, optimizer_state = model.weights, model.optimizer.variables


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={float(final_loss):.8f}")
print(f"FINAL_METRIC={metric_name}:{float(metric):.6f}")
print("WEIGHTS_SHA256=" + digest(weights))
print("OPTIMIZER_SHA256=" + digest(optimizer_state))
