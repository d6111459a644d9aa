"""Finds the one weed in each camera tile of the hoeing robot: corners of its box in pixels."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
SIZE = 40


def tiles(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(0.25, 0.06, (n, SIZE, SIZE, 1))
    w = rng.integers(8, 17, n)
    h = rng.integers(8, 17, n)
    left = rng.integers(4, SIZE - w - 2)
    top = rng.integers(4, SIZE - h - 2)
    for i in range(n):
        leaf = rng.normal(0.75, 0.1, (h[i], w[i], 1))
        x[i, top[i]:top[i] + h[i], left[i]:left[i] + w[i]] = leaf
    box = np.stack([left, top, left + w, top + h], axis=1)
    return np.clip(x, 0, 1).astype("float32"), box.astype("float32")


def overlap(a, b):
    lo = ops.maximum(a[:, :2], b[:, :2])
    hi = ops.minimum(a[:, 2:], b[:, 2:])
    inter = ops.prod(ops.maximum(hi - lo, 0.0), axis=1)
    area_a = ops.prod(ops.maximum(a[:, 2:] - a[:, :2], 0.0), axis=1)
    area_b = ops.prod(b[:, 2:] - b[:, :2], axis=1)
    return inter / (area_a + area_b - inter + 1e-6)


def box_loss(y_true, y_pred):
    return 1.0 - overlap(y_pred, y_true)


x_train, y_train = tiles(2400, 1)
x_test, y_test = tiles(400, 2)

net = keras.Sequential([
    keras.Input((SIZE, SIZE, 1)),
    layers.Conv2D(12, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2D(24, 3, strides=2, padding="same", activation="relu"),
    layers.Conv2D(24, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(96, activation="relu"),
    layers.Dense(4, name="corners"),
])
net.compile(keras.optimizers.Adam(1e-3), loss=box_loss)
hist = net.fit(x_train, y_train, batch_size=32, epochs=11, verbose=2)

found = net.predict(x_test, verbose=0)
iou = np.array(overlap(ops.convert_to_tensor(found), ops.convert_to_tensor(y_test)))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=mean_iou:%f" % iou.mean())
