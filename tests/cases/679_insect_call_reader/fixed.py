"""Five cricket species from short log spectrograms (decibels)."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

BANDS, FRAMES, SPECIES = 32, 40, 5
CARRIER = [6, 11, 16, 21, 26]
PULSE = [4, 6, 5, 8, 7]


def clip(species):
    power = rng.exponential(1.0, (BANDS, FRAMES)) * 1e-5
    centre = CARRIER[species] + rng.normal(0, 1.6)
    band = np.exp(-0.5 * ((np.arange(BANDS) - centre) / 1.5) ** 2)
    t = np.arange(FRAMES) + rng.integers(0, 10)
    gate = (t % PULSE[species]) < PULSE[species] // 2
    power += 10 ** rng.uniform(-4.3, -2.6) * band[:, None] * gate[None, :] * rng.exponential(1.0, (BANDS, FRAMES))
    return 10.0 * np.log10(power + 1e-9)


def collection(n):
    y = rng.integers(0, SPECIES, n)
    return np.stack([clip(s) for s in y]).astype("float32")[..., None], y


class Calls(keras.utils.PyDataset):
    def __init__(self, spectra, species, mean, std, batch=32, **kw):
        super().__init__(**kw)
        self.spectra, self.species = spectra, species
        self.mean, self.std, self.batch = mean, std, batch

    def __len__(self):
        return len(self.spectra) // self.batch

    def __getitem__(self, i):
        part = slice(i * self.batch, (i + 1) * self.batch)
        x = self.spectra[part].copy()
        x -= self.mean
        x /= self.std
        return x, self.species[part]


x_train, y_train = collection(256)
x_test, y_test = collection(400)
mean, std = x_train.mean(), x_train.std()
train = Calls(x_train, y_train, mean, std)

model = keras.Sequential([
    keras.Input((BANDS, FRAMES, 1)),
    layers.Conv2D(12, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Conv2D(24, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dropout(0.3),
    layers.Dense(SPECIES, activation="softmax"),
])
model.compile(keras.optimizers.Adam(5e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
log = model.fit(train, epochs=40, verbose=2)

prob = model.predict((x_test - mean) / std, verbose=0)
acc = float((prob.argmax(1) == y_test).mean())
print("FINAL_LOSS=%.6f" % log.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.4f" % acc)
