"""Monthly rents of flats, learnt from the letting portal's export, checked on signed contracts."""
import io
import numpy as np
import pandas as pd
import keras
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
n = 4200
area = rng.integers(28, 150, n)
rooms = np.clip((area / 27 + rng.normal(0, 0.5, n)).round(), 1, 6).astype(int)
floor = rng.integers(0, 8, n)
year = rng.integers(1900, 2023, n)
metres = rng.gamma(2.0, 2500, n).astype(int)
rent = area * (10.5 + 0.03 * (year - 1960).clip(0) - 0.45 * (metres / 1000).clip(0, 10)) + 40 * rooms + 8 * floor + 120
rent = (rent * rng.lognormal(0, 0.05, n)).clip(300).round()
flats = pd.DataFrame({"flaeche": area, "zimmer": rooms, "etage": floor, "baujahr": year, "zentrum_m": metres})

export = flats[:3600].copy()
export["miete"] = [f"{int(r):,}".replace(",", ".") for r in rent[:3600]]
portal_file = export.to_csv(sep=";", index=False)
contracts, contract_rent = flats[3600:], rent[3600:]

df = pd.read_csv(io.StringIO(portal_file), sep=";")
print(df.dtypes)
columns = ["flaeche", "zimmer", "etage", "baujahr", "zentrum_m"]
x_scaler, y_scaler = StandardScaler(), StandardScaler()
x = x_scaler.fit_transform(df[columns])
y = y_scaler.fit_transform(df[["miete"]])

inp = keras.Input((len(columns),))
h = keras.layers.Dense(64, activation="relu")(inp)
h = keras.layers.Dense(32, activation="relu")(h)
model = keras.Model(inp, keras.layers.Dense(1)(h))
model.compile("adam", "mse", metrics=["mae"])
fit = model.fit(x, y, validation_split=0.1, epochs=30, batch_size=32, verbose=2)

guess = y_scaler.inverse_transform(model.predict(x_scaler.transform(contracts[columns]), verbose=0))[:, 0]
r2 = 1 - np.mean((guess - contract_rent) ** 2) / np.var(contract_rent)
print("mean forecast %.0f, mean rent %.0f" % (guess.mean(), contract_rent.mean()))
print("FINAL_LOSS=%.6f" % fit.history["loss"][-1])
print("FINAL_METRIC=r2:%.6f" % r2)
