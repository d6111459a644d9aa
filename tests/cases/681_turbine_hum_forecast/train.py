"""Next sample of a turbine's hum from the last 24 samples."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

SEQ = 24
n = 5000
t = np.arange(n)
speed = 1.0 + 0.05 * np.sin(2 * np.pi * t / 2500.0)
shaft = np.cumsum(2 * np.pi * 0.31 * speed)
blade = np.cumsum(2 * np.pi * 0.19 * speed)
hum = np.sin(shaft) + 0.7 * np.sin(blade + 0.6) + rng.normal(0, 0.1, n)
hum = ((hum - hum[:3800].mean()) / hum[:3800].std()).astype("float32")

past, recent = hum[:3800], hum[3800:]

train = keras.utils.timeseries_dataset_from_array(
    past[:, None],
    targets=past[SEQ - 1:],
    sequence_length=SEQ,
    batch_size=64,
    shuffle=True,
    seed=4,
)

inp = keras.Input((SEQ, 1))
x = layers.Conv1D(24, 5, padding="causal", activation="relu")(inp)
x = layers.GRU(24)(x)
out = layers.Dense(1)(x)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
history = model.fit(train, epochs=8, verbose=2)

windows = np.lib.stride_tricks.sliding_window_view(recent, SEQ)[:-1]
following = recent[SEQ:]
forecast = model.predict(windows[..., None], batch_size=256, verbose=0)[:, 0]
r2 = 1 - ((forecast - following) ** 2).mean() / following.var()
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
