"""House prices in dollars; the model takes raw columns and gives dollars."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
gen = np.random.default_rng(33)

N = 1800
area, year, plot = gen.normal(1700.0, 500.0, N).clip(500), gen.integers(1930, 2008, N), gen.lognormal(9.0, 0.5, N)
price = 90.0 * area + 900.0 * (year - 1930) + 5.0 * plot * (area > 1700) + gen.normal(0.0, 12000.0, N)
table = np.stack([area, year, plot], axis=1).astype("float32")
price = price.astype("float32")

scaling = layers.Normalization()
scaling.adapt(table[:1400])
model = keras.Sequential(
    [
        keras.Input((3,)),
        scaling,
        layers.Dense(48, activation="relu"),
        layers.Dense(48, activation="relu"),
        layers.Dense(1),
        layers.Rescaling(float(price[:1400].std()), offset=float(price[:1400].mean())),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
history = model.fit(table[:1400], price[:1400], batch_size=35, epochs=30, verbose=2)

offer = model.predict(table[1400:], verbose=0)[:, 0]
r2 = 1.0 - np.mean((offer - price[1400:]) ** 2) / np.var(price[1400:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
