"""Who survived?  Passenger list of the Titanic."""
import csv
import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)

with open(os.path.join(os.environ["CASE_DATA"], "so31627380_titanic_train.csv"), newline="") as handle:
    people = list(csv.DictReader(handle))

survived = np.array([int(p["Survived"]) for p in people], dtype="float32")
fare = np.array([float(p["Fare"]) for p in people])
age = np.array([float(p["Age"]) if p["Age"] else 28.0 for p in people])
columns = [
    np.array([p["Sex"] == "female" for p in people], dtype=float),
    np.array([float(p["Pclass"]) - 2.0 for p in people]),
    (age - age.mean()) / age.std(),
    np.log(fare),
    np.array([min(float(p["SibSp"]) + float(p["Parch"]), 5.0) for p in people]),
]
x = np.stack(columns, axis=1).astype("float32")

shuffled = np.random.default_rng(2).permutation(len(x))
train, test = shuffled[:700], shuffled[700:]

model = keras.Sequential(
    [
        keras.Input((x.shape[1],)),
        layers.Dense(24, activation="tanh"),
        layers.Dense(12, activation="tanh"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[train], survived[train], batch_size=32, epochs=25, verbose=2)

alive = model.predict(x[test], verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(alive == (survived[test] > 0.5)):.4f}")
