"""Locate the bright rectangle in a small picture: centre, width and height (YOLO-style terms)."""

import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)
SIDE, N = 20, 1500


def draw(n):
    pictures = rng.normal(0.0, 0.15, size=(n, SIDE, SIDE, 1))
    boxes = np.zeros((n, 4))
    for k in range(n):
        w, h = rng.integers(2, 12, size=2)
        left, top = rng.integers(0, SIDE - w), rng.integers(0, SIDE - h)
        pictures[k, top : top + h, left : left + w, 0] += 1.0
        boxes[k] = (left + w / 2, top + h / 2, w, h)
    return pictures.astype("float32"), (boxes / SIDE).astype("float32")


def box_loss(true, pred):
    centre = ops.sum(ops.square(true[:, :2] - pred[:, :2]), axis=-1)
    # roots, so that an error in a small box weighs more
    size = ops.sum(ops.square(ops.sqrt(true[:, 2:]) - ops.sqrt(pred[:, 2:])), axis=-1)
    return 5.0 * centre + 5.0 * size


pictures, boxes = draw(N)
test_pictures, test_boxes = draw(300)

detector = keras.Sequential(
    [
        layers.Input((SIDE, SIDE, 1)),
        layers.Conv2D(12, 3, strides=2, activation="relu"),
        layers.Conv2D(24, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(4),
    ]
)
detector.compile(loss=box_loss, optimizer=keras.optimizers.Adam(learning_rate=2e-3))
log = detector.fit(pictures, boxes, batch_size=50, epochs=15, verbose=2)

found = detector.predict(test_pictures, verbose=0)
r2 = 1 - np.sum((found - test_boxes) ** 2) / np.sum((test_boxes - test_boxes.mean(0)) ** 2)
print("FINAL_LOSS=%.6f" % log.history["loss"][-1])
print("FINAL_METRIC=r2:%.4f" % r2)
