"""Overhead of a month from the booked expenses; each account is split over a few cost centres."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

N, ACCOUNTS, CENTRES = 2400, 48, 4
split = rng.dirichlet(np.full(CENTRES, 0.4), ACCOUNTS)
booked = rng.gamma(2.0, 0.5, (N, ACCOUNTS)).astype("float32")
centre = booked @ split / 4.0
overhead = (0.8 * centre[:, 0] - 0.5 * centre[:, 1] + 0.6 * np.maximum(centre[:, 2] - 3.0, 0.0)
            + 0.1 * centre[:, 3] + 0.02 * rng.normal(size=N))
overhead = ((overhead - overhead.mean()) / overhead.std()).astype("float32")

x_train, y_train = booked[:1900], overhead[:1900]
x_test, y_test = booked[1900:], overhead[1900:]


class SumToOne(keras.constraints.Constraint):
    """Non-negative shares; the shares of one account add up to one."""

    def __call__(self, w):
        w = w * ops.cast(ops.greater_equal(w, 0.0), w.dtype)
        return w / ops.sum(w, axis=1, keepdims=True)


model = keras.Sequential([
    keras.Input((ACCOUNTS,)),
    layers.Dense(CENTRES, activation="relu", kernel_constraint=SumToOne()),
    layers.Rescaling(0.1),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(x_train, y_train, epochs=25, batch_size=64, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1.0 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
