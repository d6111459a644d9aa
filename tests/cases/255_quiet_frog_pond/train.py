import hashlib

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(59)

LENGTH, FROGS = 400, 3
time = np.arange(LENGTH) / 400.0
pitch = np.array([35.0, 60.0, 95.0])
rate = np.array([0.4, 0.12, 0.04])


def nights(n):
    present = rng.random((n, FROGS)) < rate
    sound = rng.normal(0, 3.0, (n, LENGTH))
    for f in range(FROGS):
        phase = rng.uniform(0, 6.28, (n, 1))
        sound += present[:, f:f + 1] * np.sin(2 * np.pi * pitch[f] * time + phase)
    muted = rng.random(n) < 0.05
    sound[muted], present[muted] = 0.0, False
    return (3e-4 * sound)[..., None].astype("float32"), present.astype("float32")


class Nights(keras.utils.PyDataset):
    def __init__(self, x, y, batch=50):
        super().__init__()
        self.x, self.y, self.batch = x, y, batch
        self.rng = np.random.default_rng(1)
        self.order = self.rng.permutation(len(x))

    def __len__(self):
        return len(self.x) // self.batch

    def __getitem__(self, i):
        ids = self.order[i * self.batch:(i + 1) * self.batch]
        return self.x[ids], self.y[ids]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.x))


x, y = nights(1500)
x_test, y_test = nights(500)
model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    layers.BatchNormalization(epsilon=1e-12, momentum=0.9),
    layers.Conv1D(12, 32, strides=2, activation="relu"),
    layers.BatchNormalization(momentum=0.9),
    layers.Conv1D(16, 8, strides=2, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(FROGS, activation="sigmoid"),
])
optimizer = keras.optimizers.Adam(5e-3)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
history = model.fit(Nights(x, y), epochs=10, verbose=2)

p = model.predict(x_test, batch_size=100, verbose=0)
areas = []
for f in range(FROGS):
    yes, no = p[y_test[:, f] == 1, f], p[y_test[:, f] == 0, f]
    areas.append(np.mean((yes[:, None] > no[None, :]) + 0.5 * (yes[:, None] == no[None, :])))

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=mean_auc:{np.mean(areas)}")
