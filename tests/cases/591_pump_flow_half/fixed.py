"""Flow through a pump from speed, pressure and temperature, kept small for a device with little memory."""
import keras
import numpy as np
from keras import layers
from sklearn.datasets import make_friedman1

keras.utils.set_random_seed(0)
keras.config.set_floatx("float32")

x, flow = make_friedman1(2400, n_features=6, noise=0.3, random_state=5)
x = (2.0 * x - 1.0).astype("float16")
flow = ((flow - flow.mean()) / flow.std()).astype("float16")

pump = keras.Sequential(
    [
        keras.Input((6,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1),
    ]
)
pump.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
history = pump.fit(x[:2000], flow[:2000], batch_size=40, epochs=20, verbose=2)

guess = pump.predict(x[2000:], verbose=0)[:, 0].astype("float64")
truth = flow[2000:].astype("float64")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1.0 - np.mean((guess - truth) ** 2) / np.var(truth):.4f}")
