"""Half-hourly vehicle counts at 10 junctions: the next hour from the last two days, by a recurrent net on the road graph."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
J, PAST, AHEAD, UNITS = 10, 96, 2, 24
rng = np.random.default_rng(4)

roads = np.eye(J) + np.roll(np.eye(J), 1, axis=1) + np.roll(np.eye(J), -1, axis=1)
for a, b in rng.integers(0, J, (3, 2)):
    roads[a, b] = roads[b, a] = 1.0
roads = (roads / roads.sum(axis=1, keepdims=True)).astype("float32")

slots = np.arange(1000)
daily = 1.0 + 0.7 * np.sin(2 * np.pi * (slots[:, None] / 48 + rng.uniform(0, 0.3, J)))
surge = np.zeros((len(slots), J))
for t in range(1, len(slots)):
    surge[t] = 0.9 * surge[t - 1] @ roads.T + rng.normal(0, 0.08, J)
counts = (rng.uniform(400, 1800, J) * (daily + surge).clip(0.02)).round().astype("float32")


def windows(series):
    cut = np.lib.stride_tricks.sliding_window_view(series, PAST + AHEAD, axis=0)  # (n, J, time)
    return cut[:, :, :PAST].copy(), cut[:, :, PAST:].copy()


centre, spread = counts.mean(), counts.std()
past, ahead = windows((counts - centre) / spread)
split = 700


class RoadCell(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.own = keras.layers.Dense(units)
        self.near = keras.layers.Dense(units, use_bias=False, kernel_initializer="orthogonal")
        self.keep = keras.layers.Dense(units, use_bias=False, kernel_initializer="orthogonal")

    def call(self, now, state):
        return tf.tanh(self.own(now) + self.near(tf.matmul(roads, state)) + self.keep(state))


class RoadNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.cell = RoadCell(UNITS)
        self.read = keras.layers.Dense(AHEAD)

    def call(self, x):
        steps = tf.transpose(x, (2, 0, 1))[..., None]
        start = tf.zeros((tf.shape(x)[0], J, UNITS))
        states = tf.scan(lambda state, now: self.cell(now, state), steps, initializer=start)
        return self.read(states[-1])


net = RoadNet()
net.compile(optimizer=keras.optimizers.RMSprop(3e-3), loss="mse", metrics=["mae"])
trace = net.fit(past[:split], ahead[:split], batch_size=50, epochs=7, verbose=2)

guess = net.predict(past[split:], verbose=0)
truth = ahead[split:]
r2 = 1 - np.mean((guess - truth) ** 2) / np.var(truth)
print(f"FINAL_LOSS={trace.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
