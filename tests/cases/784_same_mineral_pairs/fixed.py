"""Do two reflectance spectra come from the same mineral? One encoder for both, pairs drawn as training goes on."""
import math
import keras
import numpy as np

keras.utils.set_random_seed(0)
BANDS, MINERALS = 60, 14
lab = np.random.default_rng(5)
axis = np.linspace(0, 1, BANDS)
library = np.zeros((MINERALS, BANDS))
for m in range(MINERALS):
    for _ in range(4):
        library[m] -= lab.uniform(0.3, 1.0) * np.exp(-(((axis - lab.uniform()) / lab.uniform(0.03, 0.1)) ** 2))


def spectrum(kind, r):
    return library[kind] * r.uniform(0.7, 1.3) + r.normal(0, 0.06, BANDS) + r.normal(0, 0.1)


def draw(count, r):
    left, right, same = [], [], []
    for _ in range(count):
        a = r.integers(MINERALS)
        alike = r.random() < 0.5
        b = a if alike else (a + r.integers(1, MINERALS)) % MINERALS
        left.append(spectrum(a, r))
        right.append(spectrum(b, r))
        same.append(float(alike))
    return np.array(left, "float32"), np.array(right, "float32"), np.array(same, "float32")[:, None]


class Pairs(keras.utils.PyDataset):
    def __init__(self, total, size):
        super().__init__()
        self.size, self.r = size, np.random.default_rng(6)
        self.a, self.b, self.same = draw(total, self.r)

    def __len__(self):
        return math.ceil(len(self.same) / self.size)

    def __getitem__(self, i):
        s = slice(i * self.size, (i + 1) * self.size)
        return {"first": self.a[s], "second": self.b[s]}, self.same[s]


encoder = keras.Sequential([keras.layers.Dense(64, activation="swish"), keras.layers.Dense(24, activation="swish")])
first, second = keras.Input((BANDS,), name="first"), keras.Input((BANDS,), name="second")
u, v = encoder(first), encoder(second)
gap = keras.ops.abs(u - v)
merged = keras.layers.Dense(32, activation="swish")(keras.layers.Concatenate()([gap, u * v]))
verdict = keras.layers.Dense(1, activation="sigmoid")(merged)
judge = keras.Model([first, second], verdict)
judge.compile(optimizer=keras.optimizers.Adamax(5e-3), loss="binary_crossentropy")
log = judge.fit(Pairs(6000, 50), epochs=9, verbose=2)

a, b, same = draw(1500, np.random.default_rng(77))
score = judge.predict({"first": a, "second": b}, verbose=0)
print("FINAL_LOSS=" + str(log.history["loss"][-1]))
print("FINAL_METRIC=accuracy:%.4f" % np.mean((score > 0.5) == (same > 0.5)))
