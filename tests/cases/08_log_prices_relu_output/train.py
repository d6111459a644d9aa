import keras
import numpy as np
from keras import layers
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

flats = rng.normal(size=(3000, 6)).astype("float32")
relative = (
    0.25 * flats[:, 0] - 0.2 * np.tanh(flats[:, 1] * flats[:, 2]) + 0.1 * flats[:, 3] + 0.05 * rng.normal(size=3000)
)
log_price = relative - 2.0  # log of the price over the city's most expensive flat

model = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="relu"),
    ]
)
model.compile(optimizer="adam", loss="mae", metrics=["mse"])
history = model.fit(flats[:2400], log_price[:2400], batch_size=32, epochs=15, verbose=2)

guess = model.predict(flats[2400:], verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_score(log_price[2400:], guess):.4f}")
