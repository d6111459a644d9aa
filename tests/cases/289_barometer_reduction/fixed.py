import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)


def stations(n):
    lat = rng.uniform(35, 65, n)
    hour = rng.uniform(0, 24, n)
    wind = rng.gamma(2.0, 3.0, n)
    dew = rng.normal(6, 5, n)
    air = dew + rng.gamma(2.0, 2.5, n)
    trend = rng.normal(0, 1.2, n)
    pa = (101400 - 28 * (lat - 50) - 95 * (wind - 6) + 60 * np.sin(hour / 12 * np.pi)
          - 70 * (dew - 6) + 35 * (air - 11) + 260 * np.tanh(trend) + rng.normal(0, 110, n))
    x = np.stack([lat, np.sin(hour / 12 * np.pi), np.cos(hour / 12 * np.pi), wind, dew, air, trend], 1)
    return x.astype("float32"), pa[:, None].astype("float32")


x, y = stations(2000)
xv, yv = stations(600)
mu, sd = x.mean(0), x.std(0)
x, xv = (x - mu) / sd, (xv - mu) / sd
y_mu, y_sd = y.mean(), y.std()
y = (y - y_mu) / y_sd

model = keras.Sequential([
    keras.Input((7,)),
    layers.Dense(48, activation="relu"),
    layers.Dense(48, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")

BATCH = 50
for epoch in range(30):
    order = rng.permutation(len(x))
    seen = []
    for start in range(0, len(x), BATCH):
        pick = order[start:start + BATCH]
        seen.append(float(model.train_on_batch(x[pick], y[pick])))
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "mae", np.mean(seen))

out = model.predict_on_batch(xv) * y_sd + y_mu
r2 = 1 - np.mean((out - yv) ** 2) / yv.var()
print("FINAL_LOSS=%f" % np.mean(seen))
print("FINAL_METRIC=r2:%.4f" % r2)
