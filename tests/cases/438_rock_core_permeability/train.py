import numpy as np
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

# core plugs: porosity, grain size (mm), tortuosity, clay share -> permeability in m^2
n = 1500
por = rng.uniform(0.12, 0.32, n)
grain = rng.uniform(0.1, 0.4, n)
tort = rng.uniform(1.2, 2.0, n)
clay = rng.uniform(0.0, 0.15, n)
perm = (grain * 1e-3) ** 2 * por ** 3 / (180.0 * (1 - por) ** 2) / tort * (1 - 3.0 * clay)
perm = perm * np.exp(rng.normal(0.0, 0.05, n))

x = np.stack([por, grain, tort, clay], 1)
xt, xv, yt, yv = x[:1200], x[1200:], perm[:1200], perm[1200:]
sc = StandardScaler().fit(xt)
xt, xv = sc.transform(xt).astype("float32"), sc.transform(xv).astype("float32")

to_net = lambda k: k
to_si = lambda k: k

model = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
h = model.fit(xt, to_net(yt), epochs=60, batch_size=32, validation_split=0.1, verbose=2)

pred = to_si(model.predict(xv, verbose=0)[:, 0].astype("float64"))
r2 = 1.0 - np.sum((pred - yv) ** 2) / np.sum((yv - yv.mean()) ** 2)
print("FINAL_LOSS=%r" % float(h.history["loss"][-1]))
print("FINAL_METRIC=R2:%r" % float(r2))
