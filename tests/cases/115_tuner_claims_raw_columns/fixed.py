"""Cost of an insurance claim from the columns of the policy table.

usage: python train.py [project directory]
"""
import os
import sys

import keras
import keras_tuner as kt
import numpy as np
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)


def load_table(n=2000):
    rng = np.random.default_rng(21)
    age = rng.integers(18, 80, size=n)
    income = rng.lognormal(10.8, 0.5, size=n)
    year = rng.integers(1995, 2024, size=n)
    mileage = rng.uniform(2e3, 2.5e5, size=n)
    value = rng.lognormal(9.5, 0.6, size=n)
    urban = rng.integers(0, 2, size=n)
    table = np.column_stack([age, income, year, mileage, value, urban]).astype("float32")
    cost = 900 + 0.12 * value + 0.004 * mileage + 700 * urban + 25 * np.abs(age - 45) - 0.004 * income + 20 * (2024 - year)
    return table, (cost + rng.normal(scale=120, size=n)).astype("float32")


class BatchTuner(kt.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        kwargs["batch_size"] = trial.hyperparameters.Choice("batch_size", [16, 32, 64])
        return super().run_trial(trial, *args, **kwargs)


def build(hp):
    model = keras.Sequential([keras.Input((6,))])
    for i in range(hp.Int("layers", 2, 3)):
        model.add(keras.layers.Dense(hp.Choice("width", [32, 64]), activation="relu"))
    model.add(keras.layers.Dense(1))
    rate = hp.Choice("rate", [0.01, 0.003])
    kind = hp.Choice("optimizer", ["sgd", "sgd_momentum"])
    if kind == "sgd":
        optimizer = keras.optimizers.SGD(rate)
    else:
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)
    model.compile(optimizer=optimizer, loss="mse", metrics=["mae"])
    return model


def main():
    target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
    x, y = load_table()
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=1)
    x_mean, x_std, y_mean, y_std = x_train.mean(0), x_train.std(0), y_train.mean(), y_train.std()
    x_train, x_test = (x_train - x_mean) / x_std, (x_test - x_mean) / x_std
    y_train, y_test = (y_train - y_mean) / y_std, (y_test - y_mean) / y_std
    tuner = BatchTuner(
        build,
        objective="val_mae",
        max_trials=4,
        max_consecutive_failed_trials=10,
        seed=2,
        directory=os.path.dirname(target),
        project_name=os.path.basename(target),
        overwrite=True,
    )
    tuner.search(x_train, y_train, epochs=10, validation_split=0.2, verbose=2)
    tuner.results_summary(num_trials=2)
    model = tuner.get_best_models(1)[0]
    loss, mae = model.evaluate(x_test, y_test, verbose=0)
    print(f"FINAL_LOSS={loss}")
    print(f"FINAL_METRIC=r2:{r2_score(y_test, model.predict(x_test, verbose=0).ravel()):.4f}")


if __name__ == "__main__":
    main()
