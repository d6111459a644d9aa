"""Ripeness class of cheese from a gas sensor array, trained with Muon; few wheels of the oldest class."""
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(47)
mix = rng.normal(0, 1, (6, 32))
turn = rng.normal(0, 1, (6, 32))


def wheels(n, shares):
    y = rng.choice(4, n, p=shares)
    age = y + rng.uniform(0, 0.8, n)
    gases = np.column_stack([np.sin(age * (i + 1) / 2) for i in range(6)])
    gases = gases * rng.lognormal(0, 0.15, (n, 1))
    x = np.tanh(gases @ mix) + 0.5 * np.cos(gases @ turn) + rng.normal(0, 0.25, (n, 32))
    return x.astype("float32"), y


x_train, y_train = wheels(3000, [0.55, 0.3, 0.13, 0.02])
x_test, y_test = wheels(1200, [0.25] * 4)


class Wheels(keras.utils.PyDataset):
    def __init__(self, x, y, batch):
        super().__init__()
        self.x, self.y, self.batch = x, y, batch
        self.rng = np.random.default_rng(1)
        self.order = self.rng.permutation(len(x))

    def __len__(self):
        return len(self.x) // self.batch

    def __getitem__(self, i):
        rows = self.order[i * self.batch:(i + 1) * self.batch]
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.x))


model = keras.Sequential([
    keras.Input((32,)),
    layers.Dense(96, activation="gelu", use_bias=False),
    layers.Dense(96, activation="gelu", use_bias=False),
    layers.Dense(4),
])
model.compile(optimizer=keras.optimizers.Muon(learning_rate=0.02, weight_decay=0.0),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
hist = model.fit(Wheels(x_train, y_train, 60), epochs=12, verbose=2)

acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
