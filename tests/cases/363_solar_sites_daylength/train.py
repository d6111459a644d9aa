# Daily yield of small solar roofs from place, date and sky; stations all over Europe, from Crete to the North Cape.
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)


def make_days(n, lat_low, lat_high):
    lat = rng.uniform(lat_low, lat_high, n)
    doy = rng.integers(1, 366, n)
    cloud = rng.beta(1.2, 1.2, n)
    tilt = rng.uniform(5, 60, n)
    kwp = rng.uniform(3, 12, n)
    # the meter's yield: what reached the roof that day
    decl = 23.44 * np.sin(2 * np.pi * (doy - 81) / 365)
    noon = np.clip(np.sin(np.radians(90 - np.abs(lat - decl))), 0.02, 1)
    face = np.cos(np.radians(np.abs(lat - decl) - tilt)).clip(0.1)
    length = 12 + 0.14 * decl * np.clip(lat / 40, 0, 1.8)
    y = kwp * length.clip(0, 24) / 12 * noon * face * (1 - 0.75 * cloud) * 5
    y = y + rng.normal(0, 0.5, n)
    return dict(lat=lat, doy=doy, cloud=cloud, tilt=tilt, kwp=kwp), y.astype("float32")


def day_length(lat, doy):
    """Hours between sunrise and sunset from the hour angle at the horizon."""
    decl = np.radians(23.44) * np.sin(2 * np.pi * (doy - 81) / 365)
    cos_angle = -np.tan(np.radians(lat)) * np.tan(decl)
    return 24 / np.pi * np.arccos(cos_angle)


def features(d):
    return np.stack([
        d["lat"],
        np.sin(2 * np.pi * d["doy"] / 365), np.cos(2 * np.pi * d["doy"] / 365),
        day_length(d["lat"], d["doy"]),
        d["cloud"], d["tilt"], d["kwp"],
    ], axis=1).astype("float32")


train_raw, y_train = make_days(6000, 35, 71)
test_raw, y_test = make_days(1200, 38, 60)
x_train, x_test = features(train_raw), features(test_raw)

center = np.array([50, 0, 0, 12, 0.5, 32, 7.5], "float32")
width = np.array([9, 0.7, 0.7, 3, 0.3, 16, 2.6], "float32")
x_train, x_test = (x_train - center) / width, (x_test - center) / width

train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(6000, seed=0).batch(64).prefetch(2)

model = keras.Sequential([
    keras.Input((7,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
history = model.fit(train, epochs=15, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.sum((pred - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
