"""Which network tells by how much the alcohol of a wine exceeds 13 % from its other measurements?

usage: python train.py [project directory]
"""
import os
import sys

import keras
import keras_tuner
import numpy as np
from sklearn.datasets import load_wine

keras.utils.set_random_seed(0)

wine = dict(zip(("x", "y"), load_wine(return_X_y=True)))["x"].astype("float32")
order = np.random.default_rng(0).permutation(len(wine))
wine = wine[order]
alcohol, others = wine[:, :1] - 13.0, wine[:, 1:]
train, valid = slice(0, 130), slice(130, None)


def build(hp):
    model = keras.Sequential([keras.Input((others.shape[1],))])
    for level in range(hp.Int("layers", 1, 2)):
        model.add(keras.layers.Dense(hp.Int(f"units_{level}", 16, 64, step=16), activation="leaky_relu"))
    model.add(keras.layers.Dense(1))
    rate = hp.Float("rate", 1e-3, 1e-2, sampling="log")
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), "mse")
    return model


target = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "search")
tuner = keras_tuner.RandomSearch(
    build,
    objective="val_loss",
    max_trials=4,
    seed=0,
    directory=os.path.dirname(target),
    project_name=os.path.basename(target),
    overwrite=True,
)
tuner.search(others[train], alcohol[train], validation_data=(others[valid], alcohol[valid]), epochs=25, batch_size=16, verbose=2)

best = tuner.oracle.get_best_trials(1)[0]
model = tuner.get_best_models(1)[0]
error = model.predict(others[valid], verbose=0) - alcohol[valid]
print(f"FINAL_LOSS={best.score}")
print(f"FINAL_METRIC=r2:{1 - np.mean(error**2) / np.var(alcohol[valid]):.4f}")
