"""Level of a pond tomorrow from two weeks of levels and, as a regressor, the log of the
flow through the weir (litres per second)."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)

days = 1500
rain = rng.gamma(0.4, 6.0, days)
flow = np.zeros(days)
level = np.zeros(days)
level[0] = 1.2
for t in range(1, days):
    flow[t] = 40.0 + 30.0 * np.sin(2 * np.pi * t / 365.0) + 2.5 * rain[t - 1] + 6.0 * rng.normal()
    if rng.random() < 0.02:
        flow[t] = -abs(5.0 * rng.normal())          # the river pushes back into the pond
    level[t] = 0.93 * level[t - 1] + 0.0018 * flow[t - 1] + 0.004 * rain[t] + 0.01 * rng.normal()

log_flow = np.sign(flow) * np.log1p(np.abs(flow))
log_flow = (log_flow - np.nanmean(log_flow)) / np.nanstd(log_flow)
scaled = (level - level[:1100].mean()) / level[:1100].std()
WINDOW = 14


def windows(first, last):
    ends = np.arange(first + WINDOW, last)
    past = np.stack([scaled[e - WINDOW:e] for e in ends])[..., None]
    other = np.stack([log_flow[e - WINDOW:e] for e in ends])
    return past.astype("float32"), other.astype("float32"), scaled[ends].astype("float32")[:, None]


train, test = windows(0, 1100), windows(1100, days)


def stream(seed=4):
    order = np.random.default_rng(seed)
    while True:
        rows = order.integers(0, len(train[0]), 32)
        yield (train[0][rows], train[1][rows]), train[2][rows]


past = keras.Input((WINDOW, 1))
other = keras.Input((WINDOW,))
h = layers.Concatenate()([layers.GRU(16)(past), layers.Dense(16, activation="tanh")(other)])
net = keras.Model([past, other], layers.Dense(1)(layers.Dense(16, activation="tanh")(h)))
net.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mae")
history = net.fit(stream(), steps_per_epoch=35, epochs=14, verbose=0)
for epoch in range(0, 14, 3):
    print("epoch", epoch, "loss", history.history["loss"][epoch])

guess = net.predict([test[0], test[1]], verbose=0)
fine = np.isfinite(test[1]).all(axis=1)
r2 = 1.0 - np.sum((guess - test[2])[fine] ** 2) / np.sum((test[2][fine] - test[2][fine].mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{float(r2):.6f}")
