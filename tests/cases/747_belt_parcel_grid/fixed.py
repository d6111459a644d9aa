"""Parcels on a belt found on a grid of cells: each cell says whether a parcel has its middle there, and its box."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)
S, G = 48, 6
CELL = S // G
ANCHOR = 10.0


def scene():
    img = rng.normal(0.3, 0.06, (S, S))
    boxes, used = [], set()
    for _ in range(rng.integers(1, 4)):
        w, h = rng.integers(6, 17, 2)
        cx, cy = rng.uniform(w / 2, S - w / 2), rng.uniform(h / 2, S - h / 2)
        cell = (int(cy // CELL), int(cx // CELL))
        if any(abs(cell[0] - c) < 2 and abs(cell[1] - d) < 2 for c, d in used):
            continue
        used.add(cell)
        boxes.append((cx, cy, w, h))
        x0, y0 = int(round(cx - w / 2)), int(round(cy - h / 2))
        img[max(y0, 0):y0 + h, max(x0, 0):x0 + w] = rng.uniform(0.6, 0.95)
    return img, boxes


def encode(boxes):
    hit = np.zeros((G, G), "float32")
    box = np.zeros((G, G, 4), "float32")
    for cx, cy, w, h in boxes:
        i, j = int(cy // CELL), int(cx // CELL)
        hit[i, j] = 1
        box[i, j] = [cx / CELL - j, cy / CELL - i, w, h]
    box[..., 2:] = np.log(np.where(hit[..., None] > 0, box[..., 2:], ANCHOR) / ANCHOR)
    return np.concatenate([hit[..., None], box], -1)


def load(n):
    scenes = [scene() for _ in range(n)]
    x = np.stack([s for s, _ in scenes])[..., None].astype("float32")
    return x, np.stack([encode(b) for _, b in scenes])


def grid_loss(y, p):
    hit = y[..., 0]
    bce = tf.nn.sigmoid_cross_entropy_with_logits(labels=hit, logits=p[..., 0])
    d = tf.abs(y[..., 1:] - p[..., 1:])
    huber = tf.reduce_sum(tf.where(d < 1.0, 0.5 * d ** 2, d - 0.5), -1)
    return tf.reduce_sum(bce, [1, 2]) + 2.0 * tf.reduce_sum(hit * huber, [1, 2])


model = keras.Sequential([
    layers.Input((S, S, 1)),
    layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(24, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(48, 3, padding="same", activation="relu"),
    layers.Conv2D(48, 3, padding="same", activation="relu"),
    layers.Conv2D(5, 1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=grid_loss)
x, y = load(1500)
x_test, y_test = load(200)
hist = model.fit(x, y, batch_size=32, epochs=14, verbose=2)

p = model.predict(x_test, verbose=0)
jj, ii = np.meshgrid(np.arange(G), np.arange(G))


def corners(v):
    cx, cy = (v[..., 1] + jj) * CELL, (v[..., 2] + ii) * CELL
    w, h = np.exp(v[..., 3]) * ANCHOR, np.exp(v[..., 4]) * ANCHOR
    return cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2


a, b = corners(p), corners(y_test)
iw = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
ih = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
inter = np.clip(iw, 0, None) * np.clip(ih, 0, None)
area = lambda c: (c[2] - c[0]) * (c[3] - c[1])
iou = inter / (area(a) + area(b) - inter)
there = y_test[..., 0] > 0
found = there & (p[..., 0] > 0)
score = np.where(found, iou, 0)[there].mean() if np.isfinite(p).all() else float("nan")
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=mean_iou:{score:.4f}")
