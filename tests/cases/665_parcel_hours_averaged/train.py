"""Hours from depot to door for parcels. Weights are averaged over the steps."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

n = 16000
km = rng.gamma(2.0, 30.0, n)
stops = rng.poisson(12, n)
weight = rng.lognormal(0.5, 0.7, n)
depot = rng.integers(0, 9, n)
weekday = rng.integers(0, 6, n)
delay = rng.normal(0, 1.2, 9)
hours = (2 + km / 38 + 0.22 * stops + delay[depot] + 0.6 * (weekday == 0) * stops / 8
         + 0.3 * np.log1p(weight) + rng.normal(0, 0.6, n))

num = np.stack([km, stops, weight], 1).astype("float32")
num = (num - num[:13000].mean(0)) / num[:13000].std(0)
y_mean, y_std = hours[:13000].mean(), hours[:13000].std()
y = ((hours - y_mean) / y_std).astype("float32")
cols = {"num": num, "depot": depot.astype("int32"), "weekday": weekday.astype("int32")}
train = {k: v[:13000] for k, v in cols.items()}
test = {k: v[13000:] for k, v in cols.items()}
ds = tf.data.Dataset.from_tensor_slices((train, y[:13000])).shuffle(13000, seed=1).batch(64).prefetch(2)

num_in = keras.Input((3,), name="num")
depot_in = keras.Input((), dtype="int32", name="depot")
day_in = keras.Input((), dtype="int32", name="weekday")
z = layers.Concatenate()([num_in, layers.Embedding(9, 4)(depot_in), layers.Embedding(6, 3)(day_in)])
z = layers.Dense(64, activation="relu")(z)
z = layers.Dense(32, activation="relu")(z)
model = keras.Model([num_in, depot_in, day_in], layers.Dense(1)(z))

optimizer = keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.999, ema_overwrite_frequency=1)
model.compile(optimizer=optimizer, loss="mse")
hist = model.fit(ds, epochs=10, verbose=2)

pred = model.predict(test, batch_size=512, verbose=0)[:, 0] * y_std + y_mean
true = hours[13000:]
r2 = 1 - np.mean((pred - true) ** 2) / np.var(true)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
