"""Price of a second-hand flat from its measures and its district."""
import math

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

N_DISTRICTS = 23


class Flats(keras.utils.PyDataset):
    def __init__(self, measures, district, price, batch_size=64, **kwargs):
        super().__init__(**kwargs)
        self.measures, self.district, self.price = measures, district, price
        self.batch_size = batch_size
        self.order = np.arange(len(price))
        self.rng = np.random.default_rng(1)

    def __len__(self):
        return math.ceil(len(self.price) / self.batch_size)

    def __getitem__(self, i):
        rows = self.order[i * self.batch_size : (i + 1) * self.batch_size]
        return (self.measures[rows], self.district[rows]), self.price[rows]

    def on_epoch_end(self):
        self.rng.shuffle(self.order)


def sell(n, seed):
    g = np.random.default_rng(seed)
    area = g.uniform(20, 110, n)
    age = g.uniform(0, 45, n)
    walk = g.uniform(1, 20, n)
    district = g.integers(0, N_DISTRICTS, n)
    level = np.random.default_rng(77).uniform(0.6, 1.8, N_DISTRICTS)[district]
    price = 750_000 * area * level * np.exp(-0.018 * age - 0.015 * walk) * np.exp(g.normal(0, 0.08, n))
    return np.stack([area, age, walk], axis=1).astype("float32"), district.astype("int32"), price.astype("float32")


measures, district, price = sell(4000, 1)
new_measures, new_district, new_price = sell(1000, 2)
mean, std = measures.mean(axis=0), measures.std(axis=0)
measures, new_measures = (measures - mean) / std, (new_measures - mean) / std

num = keras.Input((3,), name="measures")
cat = keras.Input((), dtype="int32", name="district")
place = layers.Embedding(N_DISTRICTS, 6)(cat)
h = layers.Concatenate()([num, place])
h = layers.Dense(64, activation="swish")(h)
h = layers.Dense(32, activation="swish")(h)
model = keras.Model([num, cat], layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
price_mean, price_std = price.mean(), price.std()
log = model.fit(Flats(measures, district, (price - price_mean) / price_std), epochs=30, verbose=2)

asked = model.predict([new_measures, new_district], verbose=0)[:, 0] * price_std + price_mean
r2 = 1 - np.mean((asked - new_price) ** 2) / np.var(new_price)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
