"""Which solvent is in the sample?  Gas chromatograms -> one of five solvents."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(331)

LENGTH = 160
SOLVENTS = ["acetone", "ethanol", "toluene", "hexane", "ether"]
PEAKS = {0: [(30, 1.0), (90, 0.4)], 1: [(34, 1.0), (70, 0.5)], 2: [(60, 1.0), (120, 0.7)],
         3: [(64, 1.0), (100, 0.3), (140, 0.2)], 4: [(30, 0.7), (120, 1.0)]}
axis = np.arange(LENGTH)


def record(kind, level):
    """One run of the detector, in counts. The detector reports whole counts only."""
    shift = rng.normal(0, 2.0)
    trace = np.zeros(LENGTH)
    for centre, height in PEAKS[kind]:
        height = height * rng.uniform(0.6, 1.4)
        trace += height * np.exp(-0.5 * ((axis - centre - shift) / rng.uniform(2.5, 4.5)) ** 2)
    trace = level * trace + rng.normal(0, 0.03 * level, LENGTH)
    return np.clip(np.floor(trace), 0, None)


def collect(n, weakest):
    kinds = rng.integers(0, len(SOLVENTS), n)
    levels = np.exp(rng.uniform(np.log(weakest), np.log(5000), n))
    return np.stack([record(k, v) for k, v in zip(kinds, levels)]), kinds


def prepare(runs):
    runs = np.asarray(runs, "float32")
    runs = runs / np.maximum(runs.max(axis=1, keepdims=True), 1.0)
    return runs[..., None]


runs, kinds = collect(1500, weakest=0.6)
x_train, y_train = prepare(runs[:1200]), kinds[:1200]
lab_runs, y_lab = collect(400, weakest=40)
x_lab = prepare(lab_runs)

model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    layers.Conv1D(16, 9, strides=2, activation="swish"),
    layers.Conv1D(32, 7, strides=2, activation="swish"),
    layers.Conv1D(32, 5, strides=2, activation="swish"),
    layers.Flatten(),
    layers.Dropout(0.2),
    layers.Dense(48, activation="swish"),
    layers.Dense(len(SOLVENTS), activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=12, batch_size=32, validation_split=0.1, verbose=2)

prob = model.predict(x_lab, verbose=0)
accuracy = float(np.mean(prob.argmax(axis=1) == y_lab))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
