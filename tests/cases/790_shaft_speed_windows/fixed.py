"""Turning speed of a shaft from short windows of two accelerometers, each window brought to zero mean and unit spread."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
WINDOW = 96
shop = np.random.default_rng(14)


def log_machine(count, parked=0):
    hz = shop.uniform(3.0, 12.0, count)
    clock = np.arange(WINDOW)[None] / 100.0
    turn = 2 * np.pi * (hz[:, None] * clock + shop.random((count, 1)))
    bearing = np.sin(turn) + 0.4 * np.sin(2 * turn + 0.6)
    casing = 0.7 * np.sin(turn - 0.9)
    gain = shop.uniform(0.2, 30.0, (count, 1, 1))
    shaking = gain * (np.stack([bearing, casing], -1) + shop.normal(0, 0.3, (count, WINDOW, 2)))
    if parked:  # machine off: the logger writes its offset
        idle = shop.choice(count, parked, replace=False)
        shaking[idle], hz[idle] = 0.0, 0.0
    return shaking.astype("float32"), hz.astype("float32")


def whiten(windows):
    centred = windows - windows.mean(axis=1, keepdims=True)
    return centred / np.maximum(windows.std(axis=1, keepdims=True), 1e-3)


def endless(x, y, size):
    while True:
        pick = shop.integers(0, len(y), size)
        yield x[pick], y[pick]


raw, speed = log_machine(2500, parked=30)
raw_test, speed_test = log_machine(500)
x, x_test = whiten(raw), whiten(raw_test)
y = (speed - 7.5) / 2.6

wave = keras.Input((WINDOW, 2))
h = layers.SeparableConv1D(24, 9, strides=2, activation="silu")(wave)
h = layers.Conv1D(32, 7, strides=2, activation="silu")(h)
h = layers.Concatenate()([layers.GlobalAveragePooling1D()(h), layers.GlobalMaxPooling1D()(h)])
rate = layers.Dense(1)(layers.Dense(32, activation="silu")(h))
meter = keras.Model(wave, rate)
meter.compile(loss="log_cosh", optimizer=keras.optimizers.Adam(2e-3))

source, running = endless(x, y, 64), []
for it in range(750):
    running.append(float(meter.train_on_batch(*next(source))))
    if it % 150 == 149:
        print("batch", it + 1, "loss", running[-1])

guess = meter.predict(x_test, verbose=0).ravel() * 2.6 + 7.5
print("FINAL_LOSS=%s" % running[-1])
print("FINAL_METRIC=r2:%.4f" % (1 - np.mean((guess - speed_test) ** 2) / speed_test.var()))
