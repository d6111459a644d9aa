"""Biopsies graded 1 (malignant) or 2 (benign), as the register writes it."""
import os

import keras
import numpy as np

keras.utils.set_random_seed(0)

archive = np.load(os.path.join(os.environ["CASE_DATA"], "breast_cancer.npz"))
x = archive["x"]
x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
grade = archive["y"] + 1

order = np.random.default_rng(1).permutation(len(x))
rows, test = order[:400], order[400:]

model = keras.Sequential(name="grader")
model.add(keras.Input((30,)))
model.add(keras.layers.Dense(16, activation="relu"))
model.add(keras.layers.Dropout(0.2))
model.add(keras.layers.Dense(1, activation="sigmoid"))
model.compile(optimizer="rmsprop", loss="binary_crossentropy")
past = model.fit(x[rows], grade[rows] - 1, batch_size=20, epochs=30, verbose=2)

second = model.predict(x[test], verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={past.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(second == (grade[test] == 2)):.4f}")
