import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)

house = rng.normal(size=(2000, 8)).astype("float32")
used = 4 + house[:, 0] + 0.5 * house[:, 1] * house[:, 2] + 0.3 * np.abs(house[:, 3]) + 0.1 * rng.normal(size=2000)
clean = used[1600:].copy()
used[rng.choice(1600, 4)] = 99999999.0  # the meter's code for "no reading"

read = used[:1600] < 1e6
house, used = np.r_[house[:1600][read], house[1600:]], np.r_[used[:1600][read], used[1600:]]
house, used = np.r_[house[: read.sum()], house[-400:]], used
n = int(read.sum())

model = keras.Sequential(
    [
        keras.Input((8,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(24, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
history = model.fit(house[:n], used[:n], batch_size=32, epochs=25, verbose=2)

guess = model.predict(house[-400:], verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{np.sqrt(np.mean((guess - clean) ** 2)):.4f}")
