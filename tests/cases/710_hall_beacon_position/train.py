import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

BEACONS = np.array([[0, 0], [20, 0], [0, 12], [20, 12], [10, 6], [5, 12], [15, 0]], dtype="float64")


class Walks:
    """Walks through a 20 m x 12 m hall, signal strength of seven beacons at every stop."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.east = []
        self.north = []
        self.signal = []
        for _ in range(n):
            e, s = rng.uniform(0, 20), rng.uniform(0, 12)
            d = np.hypot(BEACONS[:, 0] - e, BEACONS[:, 1] - s)
            rssi = -45 - 20 * np.log10(d + 0.5) + rng.normal(0, 1.0, len(BEACONS))
            self.east.append(e)
            self.north.append(s)
            self.signal.append(rssi)


def to_inputs(w):
    return (np.array(w.signal, dtype="float32") + 62.0) / 8.0


train, test = Walks(3000, 1), Walks(600, 2)
x = to_inputs(train)
y = np.array([train.east, train.north], dtype="float32").reshape(-1, 2)
size = np.array([20.0, 12.0], dtype="float32")

ds = (tf.data.Dataset.from_tensor_slices((x, y / size))
      .shuffle(3000, seed=0).batch(64).prefetch(2))

model = keras.Sequential([
    keras.layers.Input((7,)),
    keras.layers.Dense(64, activation="relu"),
    keras.layers.Dense(64, activation="relu"),
    keras.layers.Dense(2),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])
log = model.fit(ds, epochs=40, verbose=2)

where = model.predict(to_inputs(test), verbose=0) * size


def r2(truth, guess):
    truth = np.asarray(truth)
    return 1 - np.sum((truth - guess) ** 2) / np.sum((truth - truth.mean()) ** 2)


r2_mean = 0.5 * (r2(test.east, where[:, 0]) + r2(test.north, where[:, 1]))
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2_mean}")
