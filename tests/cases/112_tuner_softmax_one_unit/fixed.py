"""Grid search: benign or malignant.

usage: python train.py [project directory]
"""
import os
import sys

import keras
import keras_tuner
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
data = load_breast_cancer()
# the clinic counts "malignant" as the positive class
X, y = data.data.astype("float32"), (data.target == 0).astype("float32")
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=42)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)


def build(hp):
    model = keras.Sequential()
    model.add(keras.layers.Input(shape=(30,)))
    model.add(keras.layers.Dense(hp.Choice("units", [16, 32]), activation="relu"))
    model.add(keras.layers.Dropout(hp.Choice("dropout", [0.0, 0.3])))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=hp.Choice("optimizer", ["adam"]), loss="binary_crossentropy", metrics=["accuracy"])
    return model


tuner = keras_tuner.GridSearch(
    build,
    objective="val_accuracy",
    max_trials=4,
    directory=os.path.dirname(target),
    project_name=os.path.basename(target),
    overwrite=True,
)
tuner.search(X_train, y_train, epochs=12, validation_split=0.2, batch_size=16, verbose=0)
for trial in tuner.oracle.get_best_trials(4):
    print(trial.hyperparameters.values, trial.score)

best = tuner.get_best_models()[0]
loss, acc = best.evaluate(X_test, y_test, verbose=0)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
