import os
import tempfile

import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)


def make_listing_file(path, n=4000):
    r = np.random.default_rng(21)
    brand = r.choice(["audi", "bmw", "fiat", "ford", "seat", "volvo"], n)
    base = pd.Series(brand).map(dict(audi=34, bmw=38, fiat=15, ford=20, seat=18, volvo=32)).to_numpy() * 400_000.0
    age = r.integers(0, 15, n)
    km = np.clip(age * r.normal(14000, 4000, n) + r.normal(3000, 2000, n), 10, None)
    power = r.integers(60, 300, n)
    auto = r.random(n) < 0.4
    price = base * np.exp(-0.11 * age) * (1 - km / 900000) * (0.75 + power / 500) + 360_000 * auto
    price = price * np.exp(r.normal(0, 0.06, n))
    pd.DataFrame(dict(brand=brand, age=age, km=km.round(), power=power, automatic=auto.astype(int),
                      price=price.round(-3))).to_csv(path, index=False)


csv = os.path.join(tempfile.mkdtemp(), "listings.csv")
make_listing_file(csv)
df = pd.read_csv(csv).sample(frac=1.0, random_state=5)
train, test = df.iloc[:3200], df.iloc[3200:]

NUM = ["age", "km", "power", "automatic"]
mu, sd = train[NUM].mean(), train[NUM].std()


def to_inputs(frame):
    numbers = ((frame[NUM] - mu) / sd).to_numpy("float32")
    return {"numbers": numbers, "brand": frame["brand"].to_numpy(dtype=str)}


y_mean, y_std = train["price"].mean(), train["price"].std()
y_train = ((train["price"] - y_mean) / y_std).to_numpy("float32")
y_test = test["price"].to_numpy("float32")

numbers = keras.Input((len(NUM),), name="numbers")
brand = keras.Input((), dtype="string", name="brand")
lookup = layers.StringLookup(vocabulary=sorted(train["brand"].unique()))
emb = layers.Embedding(lookup.vocabulary_size(), 4)(lookup(brand))
h = layers.Concatenate()([numbers, emb])
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(32, activation="relu")(h)
price = layers.Dense(1)(h)
model = keras.Model({"numbers": numbers, "brand": brand}, price)
model.compile(optimizer=keras.optimizers.Adam(), loss="mean_absolute_error")

ds = tf.data.Dataset.from_tensor_slices((to_inputs(train), y_train)).shuffle(3200, seed=2).batch(32).prefetch(2)
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5)
hist = model.fit(ds, epochs=15, callbacks=[stop], verbose=2)

test_ds = tf.data.Dataset.from_tensor_slices(to_inputs(test)).batch(256)
pred = model.predict(test_ds, verbose=0)[:, 0] * y_std + y_mean
r2 = 1 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
