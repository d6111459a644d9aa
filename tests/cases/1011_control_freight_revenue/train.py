# Revenue per voyage in dollars; the network keeps dollars at both ends so the planners can read the loss.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(44)
n = 4000
tonnes = rng.uniform(20_000, 180_000, n)
miles = rng.uniform(500, 12_000, n)
index = rng.lognormal(7.2, 0.3, n)
fuel = rng.normal(560, 70, n)
revenue = tonnes * (6 + 0.0022 * miles) * (0.5 + index / 3000) - 0.9 * fuel * miles
revenue += rng.normal(0, 60_000, n)
X = np.stack([tonnes, miles, index, fuel], 1).astype("float32")
y = revenue.astype("float32")[:, None]
X_tr, X_te, y_tr, y_te = X[:3200], X[3200:], y[:3200], y[3200:]

norm = layers.Normalization()
norm.adapt(X_tr)
inp = keras.Input((4,))
h = norm(inp)
h = layers.Dense(48, activation="tanh")(h)
h = layers.Dense(48, activation="tanh")(h)
h = layers.Dense(1)(h)
dollars = layers.Rescaling(scale=float(y_tr.std()), offset=float(y_tr.mean()))(h)
model = keras.Model(inp, dollars)
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=5)
hist = model.fit(X_tr, y_tr, validation_data=(X_te, y_te), epochs=40, batch_size=64, callbacks=[plateau], verbose=2)

pred = model.predict(X_te, verbose=0)
r2 = 1 - float(np.sum((pred - y_te) ** 2) / np.sum((y_te - y_te.mean()) ** 2))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
