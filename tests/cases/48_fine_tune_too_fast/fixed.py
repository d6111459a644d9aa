"""Pre-train on last year's plant, then fine-tune on the new one."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


def plant(count, seed, drift):
    rng = np.random.default_rng(seed)
    valve = rng.normal(size=(count, 6)).astype("float32")
    yield_ = (
        valve[:, 0] * valve[:, 1] + np.sin(valve[:, 2] + drift) + drift * valve[:, 3] + 0.05 * rng.normal(size=count)
    )
    return valve, yield_.astype("float32")


old_x, old_y = plant(2000, 0, 0.0)
new_x, new_y = plant(600, 1, 0.8)
x_test, y_test = plant(500, 2, 0.8)

model = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse")
model.fit(old_x, old_y, batch_size=32, epochs=12, verbose=2)

model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9), loss="mse")
history = model.fit(new_x, new_y, batch_size=32, epochs=20, verbose=2)

guess = np.nan_to_num(model.predict(x_test, verbose=0)[:, 0])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - y_test) ** 2) / np.var(y_test):.4f}")
