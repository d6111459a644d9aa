import numpy as np
import pandas as pd
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# daily sales of 12 stores
frames = []
for store in range(12):
    t = np.arange(400)
    slow = np.cumsum(rng.normal(0, 2.0, 400))
    slow -= slow.mean()
    sales = (120 + 15 * store + 25 * np.sin(2 * np.pi * t / 7 + store % 3) + slow
             + rng.normal(0, 5, 400))
    frames.append(pd.DataFrame({"store": store, "day": t, "sales": sales}))
df = pd.concat(frames, ignore_index=True)

g = df.groupby("store")["sales"]
for lag in (1, 2, 7, 14):
    df[f"lag_{lag}"] = g.shift(lag)
df["mean_7"] = g.transform(lambda s: s.shift(1).rolling(7).mean())
df["std_7"] = g.transform(lambda s: s.shift(1).rolling(7).std())

cols = ["lag_1", "lag_2", "lag_7", "lag_14", "mean_7", "std_7"]
train, test = df[df["day"] < 330], df[df["day"] >= 330]
mean, std = train[cols].mean(), train[cols].std()
X_train = ((train[cols] - mean) / std).to_numpy("float32")
X_test = ((test[cols] - mean) / std).to_numpy("float32")
y_mean, y_std = train["sales"].mean(), train["sales"].std()
y_train = ((train["sales"] - y_mean) / y_std).to_numpy("float32")
y_test = ((test["sales"] - y_mean) / y_std).to_numpy("float32")

model = keras.Sequential([
    keras.Input((len(cols),)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
hist = model.fit(X_train, y_train, epochs=20, batch_size=64, verbose=2)

pred = model.predict(X_test, verbose=0).ravel()
r2 = 1 - np.mean((pred - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
