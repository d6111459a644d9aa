"""Four random trials for the wine cultivar classifier."""
import tempfile

import keras
import keras_tuner as kt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
x, y = load_wine(return_X_y=True)
x = x.astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=1, stratify=y)


def build(hp):
    model = keras.Sequential([keras.Input((13,))])
    for i in range(hp.Int("layers", 1, 3)):
        model.add(keras.layers.Dense(hp.Choice("units", [16, 32, 64]), activation=hp.Choice("act", ["relu", "elu"])))
    model.add(keras.layers.Dense(3, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.SGD(hp.Float("lr", 1e-3, 1e-1, sampling="log"), momentum=0.9),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


with tempfile.TemporaryDirectory() as folder:
    tuner = kt.RandomSearch(build, objective="val_accuracy", max_trials=4, seed=4, directory=folder, project_name="wine")
    tuner.search(x_train, y_train, epochs=30, batch_size=16, validation_split=0.2, verbose=0)
    tuner.results_summary(4)
    best = tuner.get_best_models(1)[0]
    loss, _ = best.evaluate(x_test, y_test, verbose=0)
    accuracy = np.mean(best.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
