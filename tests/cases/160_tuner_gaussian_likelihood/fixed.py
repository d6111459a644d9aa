"""Heteroscedastic regression: the network gives a mean and a spread."""
import tempfile

import keras
import keras_tuner
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)


def draw(n):
    x = rng.uniform(-2, 2, (n, 1))
    y = np.sin(2 * x) + (0.05 + 0.15 * (x + 2) / 4) * rng.normal(size=(n, 1))
    return x.astype("float32"), y.astype("float32")


def gaussian_nll(y, out):
    mean, sigma = out[:, :1], ops.softplus(out[:, 1:]) + 1e-3
    return ops.mean(ops.log(sigma) + 0.5 * ops.square((y - mean) / sigma))


class Spread(keras_tuner.HyperModel):
    def build(self, hp):
        inputs = keras.Input((1,))
        h = inputs
        for _ in range(hp.Int("depth", 1, 2)):
            h = layers.Dense(hp.Int("width", 16, 48, step=16), activation="tanh")(h)
        model = keras.Model(inputs, layers.Dense(2)(h))
        model.compile(keras.optimizers.Adam(hp.Float("rate", 3e-3, 2e-2, sampling="log")), loss=gaussian_nll)
        return model


train, val, test = draw(1200), draw(300), draw(500)
with tempfile.TemporaryDirectory() as where:
    tuner = keras_tuner.RandomSearch(Spread(), objective=keras_tuner.Objective("val_loss", "min"), max_trials=3, seed=1,
                                     directory=where, project_name="spread")
    tuner.search(*train, validation_data=val, epochs=25, batch_size=64, verbose=0)
    trial = tuner.oracle.get_best_trials(1)[0]
    model = tuner.get_best_models(1)[0]

error = model.predict(test[0], verbose=0)[:, 0] - np.sin(2 * test[0][:, 0])
print(trial.hyperparameters.values)
print(f"FINAL_LOSS={trial.score}")
print(f"FINAL_METRIC=r2_of_mean:{1 - np.mean(error ** 2) / np.var(np.sin(2 * test[0])):.4f}")
