"""Pick a network for monthly rents (in crowns)."""
import sys, os, tempfile

import keras
import keras_tuner as kt
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

n = 800
area = rng.uniform(18, 140, n)
rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.5, n)), 1, 6)
age = rng.uniform(0, 110, n)
centre = rng.uniform(0, 15, n)
rent = 5200 + 190 * area + 700 * rooms - 25 * age - 420 * centre + 800 * rng.normal(size=n)
table = np.column_stack([area, rooms, age, centre])
table = (table - table.mean(axis=0)) / table.std(axis=0)
x, xv, xt = np.split(table.astype("float32"), [500, 650])
mid, spread = rent[:650].mean(), rent[:650].std()
y, yv, yt = np.split(((rent - mid) / spread).astype("float32"), [500, 650])


def build(hp):
    net = keras.Sequential([keras.Input((4,))])
    for i in range(hp.Int("layers", 1, 2)):
        net.add(keras.layers.Dense(hp.Choice(f"units{i}", [16, 32, 64]), activation="relu"))
    net.add(keras.layers.Dense(1))
    net.compile(keras.optimizers.SGD(hp.Choice("lr", [0.01, 0.03, 0.05])), "mse")
    return net


with tempfile.TemporaryDirectory() as folder:
    tuner = kt.RandomSearch(build, objective="val_loss", max_trials=3, seed=3, directory=folder, project_name="rent")
    tuner.search(x, y, validation_data=(xv, yv), epochs=15, batch_size=32, verbose=0)
    tuner.results_summary(3)
    best = tuner.get_best_models(1)[0]
    score = tuner.oracle.get_best_trials(1)[0].score

miss = best.predict(xt, verbose=0)[:, 0] - yt
print(f"FINAL_LOSS={score}")
print(f"FINAL_METRIC=r2:{1 - np.mean(miss ** 2) / np.var(yt):.4f}")
