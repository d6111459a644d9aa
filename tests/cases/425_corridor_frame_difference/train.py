import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

# two consecutive frames of a corridor camera at night, 16x16
# which way does the person walk: left, right, up, down, or not at all?
n, s = 1600, 16
yy, xx = np.mgrid[0:s, 0:s]


def person(cx, cy):
    return np.exp(-((xx - cx[:, None, None]) ** 2 + (yy - cy[:, None, None]) ** 2) / 12.0)


label = rng.integers(0, 5, n)
cx, cy = rng.uniform(4, 11, n), rng.uniform(4, 11, n)
sx = np.array([-2.0, 2.0, 0.0, 0.0, 0.0])[label]
sy = np.array([0.0, 0.0, -2.0, 2.0, 0.0])[label]
wall = rng.uniform(60, 110, (n, 1, 1)) + 10 * np.sin(xx / 3.0)
first = wall + 18 * person(cx, cy) + rng.normal(0, 4.0, (n, s, s))
lamp = rng.normal(0, 8.0, (n, 1, 1))
second = wall + lamp + 18 * person(cx + sx, cy + sy) + rng.normal(0, 4.0, (n, s, s))
first = np.clip(first, 0, 255).astype(np.uint8)
second = np.clip(second, 0, 255).astype(np.uint8)

motion = second - first
x = motion.astype("float32")[..., None]
x = (x - x[:1200].mean()) / x[:1200].std()
xtr, xte, ytr, yte = x[:1200], x[1200:], label[:1200], label[1200:]

model = keras.Sequential([
    keras.Input((s, s, 1)),
    layers.Conv2D(12, 5, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.GlobalMaxPooling2D(),
    layers.Dense(5, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(xtr, ytr, epochs=12, batch_size=32, verbose=2, validation_data=(xte, yte))

acc = model.evaluate(xte, yte, verbose=0)[1]
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
