"""Tune an LSTM that forecasts tomorrow's turnover of a shop from the last 60 days.

usage: python train.py [project directory]
"""
import os
import sys

import keras
import keras_tuner as kt
import numpy as np

keras.utils.set_random_seed(0)

LOOK_BACK = 60


def load_turnover(days=520):
    rng = np.random.default_rng(3)
    t = np.arange(days)
    level = 82000 + 45.0 * t + 9000 * np.sin(2 * np.pi * t / 7) + 15000 * np.sin(2 * np.pi * t / 180)
    return (level + rng.normal(scale=2500, size=days)).astype("float32")


def create_dataset(series, look_back):
    xs, ys = [], []
    for i in range(len(series) - look_back):
        xs.append(series[i : i + look_back])
        ys.append(series[i + look_back])
    return np.array(xs)[..., None], np.array(ys)


def model_builder(hp):
    model = keras.Sequential()
    model.add(keras.Input((LOOK_BACK, 1)))
    model.add(keras.layers.LSTM(hp.Int("units_1", 16, 48, step=16), activation="tanh", return_sequences=True))
    model.add(keras.layers.Dropout(hp.Choice("dropout", [0.0, 0.1, 0.2])))
    model.add(keras.layers.LSTM(hp.Int("units_2", 16, 32, step=16), activation="tanh"))
    model.add(keras.layers.Dense(1))
    model.compile(
        optimizer=keras.optimizers.Adam(hp.Choice("learning_rate", [1e-2, 1e-3])),
        loss="mean_squared_error",
        metrics=["mae"],
    )
    return model


def main():
    target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
    turnover = load_turnover()
    mean, std = turnover[:-80].mean(), turnover[:-80].std()
    x, y = create_dataset((turnover - mean) / std, LOOK_BACK)
    n = len(x) - 80
    x_train, y_train, x_test, y_test = x[:n], y[:n], x[n:], y[n:]

    tuner = kt.BayesianOptimization(
        model_builder,
        objective=kt.Objective("val_mae", direction="min"),
        max_trials=3,
        num_initial_points=2,
        seed=1,
        directory=os.path.dirname(target),
        project_name=os.path.basename(target),
        overwrite=True,
    )
    tuner.search(
        x_train,
        y_train,
        epochs=8,
        batch_size=32,
        validation_split=0.15,
        callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=4)],
        verbose=2,
    )
    tuner.results_summary()
    best = tuner.get_best_models(1)[0]
    loss, _ = best.evaluate(x_test, y_test, verbose=0)
    pred = best.predict(x_test, verbose=0).ravel()
    print(f"FINAL_LOSS={loss}")
    print(f"FINAL_METRIC=mae:{std * np.mean(np.abs(pred - y_test)):.4f}")


if __name__ == "__main__":
    main()
