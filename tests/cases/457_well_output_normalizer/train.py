import numpy as np
import keras
from keras import layers
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

n = 2500
pressure = rng.normal(2.1e7, 2.5e6, n)          # Pa
depth = rng.uniform(1500, 3200, n)              # m
porosity = rng.uniform(0.08, 0.30, n)
water_cut = rng.beta(2, 3, n)
temperature = rng.normal(85, 9, n)              # deg C
choke = rng.uniform(10, 60, n)                  # 1/64 inch
gor = rng.lognormal(5.5, 0.4, n)                # m3/m3

rate = (120 * (porosity - 0.19) / 0.06 + 90 * np.sin(choke / 10.0) - 150 * water_cut
        + 25 * (temperature - 85) / 9 + 30 * (pressure - 2.1e7) / 2.5e6
        + 20 * np.log(gor / 245) + rng.normal(0, 15, n))
rate = (rate - rate.mean()) / rate.std()

X = np.stack([pressure, depth, porosity, water_cut, temperature, choke, gor], 1).astype("float32")
x_train, x_test = X[:2000], X[2000:]
y_train, y_test = rate[:2000], rate[2000:]

norm = layers.Normalization(axis=None)
norm.adapt(x_train)

inp = keras.Input((7,))
h = norm(inp)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)
out = layers.Dense(1)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
hist = model.fit(x_train, y_train, validation_split=0.1, epochs=25, batch_size=32, verbose=2)

print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=r2:%f" % r2_score(y_test, model.predict(x_test, verbose=0).ravel()))
