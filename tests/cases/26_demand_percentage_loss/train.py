import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(26)

shop = rng.normal(size=(2500, 6)).astype("float32")
rate = np.exp(1.2 + 0.5 * shop[:, 0] - 0.4 * shop[:, 1])
sold = rng.poisson(rate).astype("float32")[:, None]


def relative_error(y, p):
    return ops.mean(ops.abs((y - p) / y), axis=-1)


model = keras.Sequential([keras.Input((6,))])
model.add(layers.Dense(32, activation="relu"))
model.add(layers.Dense(1, activation="softplus"))
model.compile(optimizer=keras.optimizers.Adam(0.005), loss=relative_error)
history = model.fit(shop[:2000], sold[:2000], batch_size=50, epochs=20, verbose=2)

guess = np.nan_to_num(model.predict(shop[2000:], verbose=0)[:, 0])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=mae:{np.mean(np.abs(guess - rate[2000:])):.4f}")
