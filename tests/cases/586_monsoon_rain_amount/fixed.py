"""Rain of the next day (mm) at a hill station in the monsoon months."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
gen = np.random.default_rng(17)

DAYS = 3000
humid, wind, low = gen.normal(size=(3, DAYS))
wetness = 14.0 + 9.0 * humid + 6.0 * np.maximum(wind, 0.0) * np.maximum(low, -0.5)
rain = np.maximum(wetness + gen.normal(0.0, 1.5, DAYS), 0.0).astype("float32")
sky = np.stack([humid, wind, low], axis=1).astype("float32")


def relative_error(observed, forecast):
    return ops.mean(ops.abs(observed - forecast) / ops.maximum(observed, 5.0), axis=-1)


model = keras.Sequential(
    [
        keras.Input((3,)),
        layers.Dense(40, activation="elu"),
        layers.Dense(40, activation="elu"),
        layers.Dense(1, activation="softplus"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.004), loss=relative_error)
history = model.fit(sky[:2400], rain[:2400, None], batch_size=40, epochs=20, verbose=2)

told = model.predict(sky[2400:], verbose=0)[:, 0]
r2 = 1.0 - np.mean((told - rain[2400:]) ** 2) / np.var(rain[2400:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
