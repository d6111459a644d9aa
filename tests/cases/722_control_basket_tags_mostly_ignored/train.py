import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

ITEMS, STEPS, KINDS = 60, 30, 4
KIND_OF = np.random.default_rng(1).integers(0, KINDS, ITEMS + 1)


class Baskets(keras.utils.PyDataset):
    """Goods in the order of scanning; only a few were looked at by the auditor, they alone carry weight."""

    def __init__(self, count, seed, audited=0.08):
        super().__init__()
        r = np.random.default_rng(seed)
        length = r.integers(6, STEPS + 1, count)
        self.items = np.zeros((count, STEPS), "int32")
        for i, k in enumerate(length):
            self.items[i, :k] = r.integers(1, ITEMS + 1, k)
        real = self.items > 0
        kind = KIND_OF[self.items]
        before = np.roll(kind, 1, axis=1)
        before[:, 0] = 0
        self.label = np.where(real, (kind + before) % KINDS, 0)
        self.weight = (real & (r.random(real.shape) < audited)).astype("float32")
        self.real = real

    def __len__(self):
        return len(self.items) // 50

    def __getitem__(self, b):
        s = slice(50 * b, 50 * b + 50)
        return self.items[s], self.label[s], self.weight[s]


train, test = Baskets(3000, 2), Baskets(300, 3)

inp = keras.Input((STEPS,), dtype="int32")
h = layers.Embedding(ITEMS + 1, 16)(inp)
h = layers.Conv1D(48, 2, padding="causal", activation="relu")(h)
h = layers.Dense(48, activation="relu")(h)
model = keras.Model(inp, layers.Dense(KINDS, activation="softmax")(h))
model.compile(optimizer=keras.optimizers.Adam(4e-3), loss="sparse_categorical_crossentropy")
history = model.fit(train, epochs=14, verbose=2)

tags = model.predict(test.items, verbose=0).argmax(-1)
acc = (tags == test.label)[test.real].mean()
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
