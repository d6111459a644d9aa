"""Minutes that a bicycle courier needs, from the addresses of pick-up and drop."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(625)
EARTH = 6371.0

n = 5000
hubs = np.stack([48.2082 + rng.normal(size=40) * 0.03, 16.3738 + rng.normal(size=40) * 0.045], axis=1).round(6)
pick = rng.integers(0, 40, n)
drop = rng.integers(0, 40, n)
returned = rng.random(n) < 0.02
drop[returned] = pick[returned]
start, end = hubs[pick], hubs[drop]
hour = rng.uniform(7.0, 21.0, n)
rider = rng.integers(0, 12, n)
pace = rng.uniform(3.0, 4.4, 12)
weight = rng.gamma(2.0, 1.5, n)


def separation(a, b):
    lat1, lon1, lat2, lon2 = (np.radians(v) for v in (a[:, 0], a[:, 1], b[:, 0], b[:, 1]))
    cosine = np.sin(lat1) * np.sin(lat2) + np.cos(lat1) * np.cos(lat2) * np.cos(lon2 - lon1)
    return EARTH * np.arccos(np.clip(cosine, -1.0, 1.0))


flat = np.hypot((end[:, 0] - start[:, 0]) * 111.2, (end[:, 1] - start[:, 1]) * 74.1)
climb = np.maximum(0.0, (16.36 - end[:, 1]) - (16.36 - start[:, 1])) * 40.0
minutes = 4.0 + pace[rider] * flat * (1 + 0.03 * weight) + climb + rng.normal(size=n) * 1.5

km = separation(start, end)
features = np.stack([km, start[:, 0], start[:, 1], end[:, 0], end[:, 1],
                     np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24), weight], axis=1)
features[:, 1:] = (features[:, 1:] - features[:, 1:].mean(axis=0)) / features[:, 1:].std(axis=0)
features = features.astype("float32")
target = (minutes / 10.0).astype("float32")

numbers = keras.Input((8,), name="numbers")
who = keras.Input((1,), dtype="int32", name="rider")
h = layers.Concatenate()([numbers, layers.Flatten()(layers.Embedding(12, 4)(who))])
h = layers.Dense(64, activation="gelu")(h)
h = layers.Dense(32, activation="gelu")(h)
model = keras.Model([numbers, who], layers.Dense(1)(h))
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=keras.losses.Huber(), metrics=["mae"])
history = model.fit([features[:4000], rider[:4000, None]], target[:4000],
                    validation_data=([features[4000:], rider[4000:, None]], target[4000:]),
                    batch_size=50, epochs=20, verbose=2)

p = model.predict([features[4000:], rider[4000:, None]], verbose=0)[:, 0]
r2 = 1.0 - np.mean((p - target[4000:]) ** 2) / np.var(target[4000:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
