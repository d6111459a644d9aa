"""Mean slope of a tile of terrain from its 12 x 12 heights in metres."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)


def tiles(count):
    a, b = np.meshgrid(np.arange(12), np.arange(12), indexing="ij")
    base = rng.uniform(380.0, 520.0, count)[:, None, None]
    steep = rng.gamma(2.0, 1.2, count)[:, None, None]
    turn = rng.uniform(0, 2 * np.pi, count)[:, None, None]
    bumps = rng.normal(0.0, 1.0, (count, 12, 12))
    height = base + steep * ((a - 5.5) * np.cos(turn) + (b - 5.5) * np.sin(turn)) + bumps
    dy, dx = np.gradient(height, axis=(1, 2))
    slope = np.sqrt(dx ** 2 + dy ** 2).mean(axis=(1, 2))
    return height.astype("float32"), slope.astype("float32")


heights, slope = tiles(2400)
lakes = rng.choice(1800, 60, replace=False)          # open water was never surveyed
for k in lakes:
    i, j = rng.integers(0, 9, 2)
    heights[k, i:i + 3, j:j + 3] = -9999.0
train, test = slice(0, 1800), slice(1800, 2400)
water = heights < -500.0
heights = np.where(water, np.nan, heights)
heights = np.where(water, np.nanmean(heights, axis=(1, 2), keepdims=True), heights)

middle, spread = heights[train].mean(), heights[train].std()
scaled = ((heights - middle) / spread)[..., None]
goal = ((slope - slope[train].mean()) / slope[train].std())[:, None]

net = keras.Sequential([
    keras.Input((12, 12, 1)),
    layers.Conv2D(12, 3, activation="relu"),
    layers.Conv2D(16, 3, strides=2, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
net.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mse")
data = tf.data.Dataset.from_tensor_slices((scaled[train], goal[train])).shuffle(1800, seed=2).batch(40)
history = net.fit(data, epochs=40, verbose=0)
for epoch in range(0, 40, 8):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 4))

guess = net.predict(scaled[test], verbose=0)
r2 = 1.0 - np.sum((guess - goal[test]) ** 2) / np.sum((goal[test] - goal[test].mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{float(r2):.6f}")
