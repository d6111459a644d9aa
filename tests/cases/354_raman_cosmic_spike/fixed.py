# Name the mineral from its Raman spectrum (counts of the camera).
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

CHANNELS = 160
MINERALS = ["quartz", "calcite", "gypsum", "olivine", "barite"]
LINES = [(30, 75, 120), (42, 78, 140), (50, 90, 118), (34, 101, 108), (61, 72, 131)]


def measure(rng, n):
    kind = rng.integers(0, len(MINERALS), n)
    axis = np.arange(CHANNELS)
    spectra = np.zeros((n, CHANNELS))
    for i, k in enumerate(kind):
        background = 400 + rng.uniform(100, 500) * np.exp(-axis / rng.uniform(60, 200))
        signal = np.zeros(CHANNELS)
        for line, height in zip(LINES[k], (900, 500, 350)):
            centre = line + rng.normal(0, 1.5)
            signal += height * rng.uniform(0.6, 1.2) * np.exp(-0.5 * ((axis - centre) / 3.0) ** 2)
        spectra[i] = rng.poisson(background + rng.uniform(0.3, 1.0) * signal)
    return spectra, kind


rng = np.random.default_rng(17)
train_counts, y_train = measure(rng, 1500)
test_counts, y_test = measure(rng, 400)
# the camera saw a few cosmic rays while the training set was taken
for i in rng.choice(1500, 9, replace=False):
    train_counts[i, rng.integers(0, CHANNELS)] = rng.uniform(2e8, 2e9)

train_counts = np.minimum(train_counts, 5000.0)
top = train_counts.max()
x_train = (train_counts / top).astype("float32")[..., None]
x_test = (test_counts / top).astype("float32")[..., None]

model = keras.Sequential([
    keras.Input((CHANNELS, 1)),
    layers.Conv1D(16, 9, strides=2, activation="relu"),
    layers.Conv1D(32, 7, strides=2, activation="relu"),
    layers.Conv1D(32, 5, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(48, activation="relu"),
    layers.Dense(len(MINERALS), activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=20, batch_size=32, verbose=2)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
