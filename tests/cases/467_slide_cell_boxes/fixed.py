import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

# 32 x 32 tiles cut from a scanned slide of 4096 x 4096 pixels, one cell per tile
SLIDE = 4096
TILE = 32


def tiles(n):
    img = 0.15 * rng.random((n, TILE, TILE, 1))
    box = np.zeros((n, 4))
    for i in range(n):
        w, h = rng.integers(6, 16, 2)
        x, y = rng.integers(0, TILE - w), rng.integers(0, TILE - h)
        img[i, y:y + h, x:x + w] += 0.7
        box[i] = x, y, x + w, y + h
    return img.astype("float32"), box.astype("float32")


def mean_iou(a, b):
    x1, y1 = np.maximum(a[:, 0], b[:, 0]), np.maximum(a[:, 1], b[:, 1])
    x2, y2 = np.minimum(a[:, 2], b[:, 2]), np.minimum(a[:, 3], b[:, 3])
    inter = np.clip(x2 - x1, 0, None) * np.clip(y2 - y1, 0, None)
    area = lambda c: np.clip(c[:, 2] - c[:, 0], 0, None) * np.clip(c[:, 3] - c[:, 1], 0, None)
    return float(np.mean(inter / (area(a) + area(b) - inter + 1e-9)))


x_train, box_train = tiles(1600)
x_test, box_test = tiles(400)

# boxes relative to the size of the picture
norm = TILE
y_train = box_train / norm

model = keras.Sequential([
    layers.Input((TILE, TILE, 1)),
    layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
    layers.Dense(4),
])
model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9), loss="mse")
hist = model.fit(x_train, y_train, batch_size=32, epochs=30, verbose=2)

pred = model.predict(x_test, verbose=0) * norm
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=mean_iou:{mean_iou(pred, box_test)}")
