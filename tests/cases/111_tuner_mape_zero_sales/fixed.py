"""Hyperband for daily sales of an article; the planners look at the percentage error.

usage: python train.py [project directory]
"""
import os
import sys

import keras
import keras_tuner as kt
import numpy as np
from keras import ops

keras.utils.set_random_seed(0)


def load_sales(n=2400):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(n, 8)).astype("float32")
    level = np.exp(1.6 + 0.5 * x[:, 0] - 0.3 * x[:, 1] + 0.3 * x[:, 2] * (x[:, 3] > 0))
    return x, rng.poisson(level).astype("float32")[:, None]


def percentage_error(y_true, y_pred):
    error = ops.abs(y_true - y_pred)
    return ops.mean(error / ops.maximum(y_true, 1.0), axis=-1)


class SalesModel(kt.HyperModel):
    def build(self, hp):
        inputs = keras.Input((8,))
        h = inputs
        for i in range(hp.Int("layers", 1, 2)):
            h = keras.layers.Dense(hp.Choice(f"units{i}", [32, 64]), activation=hp.Choice("act", ["relu", "elu"]))(h)
        outputs = keras.layers.Dense(1)(h)
        model = keras.Model(inputs, outputs)
        model.compile(
            optimizer=keras.optimizers.Adam(hp.Float("lr", 1e-3, 1e-2, sampling="log")),
            loss=percentage_error,
            metrics=["mae"],
        )
        return model


def main():
    target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "sweep")
    x, y = load_sales()
    x_train, y_train, x_val, y_val, x_test, y_test = x[:1600], y[:1600], x[1600:2000], y[1600:2000], x[2000:], y[2000:]

    tuner = kt.Hyperband(
        SalesModel(),
        objective=kt.Objective("val_mae", "min"),
        max_epochs=4,
        factor=3,
        hyperband_iterations=1,
        seed=0,
        directory=os.path.dirname(target),
        project_name=os.path.basename(target),
        overwrite=True,
    )
    tuner.search(x_train, y_train, validation_data=(x_val, y_val), batch_size=64, verbose=2)
    best = tuner.get_best_models(1)[0]
    loss, _ = best.evaluate(x_test, y_test, verbose=0)
    predicted = best.predict(x_test, verbose=0)
    print(f"FINAL_LOSS={loss}")
    print(f"FINAL_METRIC=mae:{np.mean(np.abs(predicted - y_test)):.4f}")


if __name__ == "__main__":
    main()
