"""A keras-tuner search in which half the trials would die of NaN; StableHyperModel repairs them while it runs."""

import tempfile

import keras
import keras_tuner
import numpy as np

import autostable

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

day = np.arange(700)
demand = 5000 + 900 * np.sin(2 * np.pi * day / 7) + 4 * day + rng.normal(0, 150, 700)  # kilowatt hours
windows = np.lib.stride_tricks.sliding_window_view(demand, 15).astype("float32")
x, y = windows[:, :14], windows[:, 14]


def build_model(hp):
    model = keras.Sequential([keras.Input((14,))])
    for _ in range(hp.Int("layers", 1, 2)):
        model.add(keras.layers.Dense(hp.Choice("units", [16, 32]), activation="relu"))
    model.add(keras.layers.Dense(1))
    rate = hp.Choice("rate", [1e-10, 1e-4, 1e-2])
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="mse", metrics=["mae"])
    return model


with tempfile.TemporaryDirectory() as folder:
    tuner = keras_tuner.RandomSearch(
        autostable.StableHyperModel(build_model),
        objective="val_mae",
        max_trials=4,
        seed=0,
        directory=folder,
        project_name="demand",
    )
    tuner.search(x[:550], y[:550], validation_data=(x[550:], y[550:]), epochs=5, batch_size=32, verbose=0)
    for trial in tuner.oracle.get_best_trials(4):
        print(trial.trial_id, trial.status, trial.hyperparameters.values, trial.score)
