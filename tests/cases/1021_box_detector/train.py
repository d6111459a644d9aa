"""One-anchor grid detector. Labels come from a table of boxes in the full 640 x 640 frame,
the network works on frames shrunk to 48 x 48."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
FULL, SMALL, GRID = 640, 48, 6
CELL = SMALL // GRID
ANCHOR = 12.0
rng = np.random.default_rng(8)


def annotate(n):
    rows = []
    for i in range(n):
        w, h = rng.integers(90, 280, 2)
        if rng.random() < 0.012:
            w = rng.integers(6, 13)             # far away, seen edge-on
        x0 = rng.integers(0, FULL - w)
        y0 = rng.integers(0, FULL - h)
        rows.append((i, x0, y0, x0 + w, y0 + h))
    return pd.DataFrame(rows, columns=["img", "xmin", "ymin", "xmax", "ymax"])


def prepare(table):
    k = SMALL / FULL
    images = rng.normal(0.2, 0.08, (len(table), SMALL, SMALL, 1)).astype("float32")
    labels = np.zeros((len(table), GRID, GRID, 5), "float32")
    boxes = []
    for r in table.itertuples():
        x0, y0 = int(r.xmin * k), int(r.ymin * k)
        w, h = int((r.xmax - r.xmin) * k), int((r.ymax - r.ymin) * k)
        images[r.img, y0:y0 + h, x0:x0 + w] += 0.5
        cx, cy = x0 + w / 2, y0 + h / 2
        gx, gy = int(cx // CELL), int(cy // CELL)
        labels[r.img, gy, gx] = (1, cx / CELL - gx, cy / CELL - gy, w, h)
        boxes.append((cx, cy, w, h))
    return images, labels, np.array(boxes)


def detector_loss(y_true, y_pred):
    has_obj = y_true[..., 0]
    obj = tf.nn.sigmoid_cross_entropy_with_logits(labels=has_obj, logits=y_pred[..., 0])
    xy = tf.reduce_sum(tf.square(y_true[..., 1:3] - tf.sigmoid(y_pred[..., 1:3])), -1)
    true_wh = tf.math.log(y_true[..., 3:5] / ANCHOR)
    true_wh = tf.where(has_obj[..., None] > 0, true_wh, tf.zeros_like(true_wh))
    wh = tf.reduce_sum(tf.square(true_wh - y_pred[..., 3:5]), -1)
    per_image = tf.reduce_sum(obj + has_obj * (2.0 * xy + wh), axis=[1, 2])
    return tf.reduce_mean(per_image)


x_tr, t_tr, _ = prepare(annotate(1600))
x_te, _, b_te = prepare(annotate(300))

inp = keras.Input((SMALL, SMALL, 1))
x = inp
for f in (12, 24, 48):
    x = layers.Conv2D(f, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
x = layers.Conv2D(64, 5, padding="same", activation="relu")(x)
net = keras.Model(inp, layers.Conv2D(5, 1)(x))

opt = keras.optimizers.Adam(1e-3)
data = tf.data.Dataset.from_tensor_slices((x_tr, t_tr)).shuffle(1600, seed=4).batch(32)


@tf.function
def step(xb, tb):
    with tf.GradientTape() as tape:
        loss = detector_loss(tb, net(xb, training=True))
    opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return loss


for epoch in range(10):
    mean = np.mean([float(step(xb, tb)) for xb, tb in data])
    print("epoch", epoch, "loss", mean)

raw = net.predict(x_te, verbose=0)
ious = []
for p, (cx, cy, w, h) in zip(raw, b_te):
    gy, gx = np.unravel_index(np.argmax(p[..., 0]), (GRID, GRID))
    q = p[gy, gx]
    pw, ph = np.exp(np.clip(q[3:5], -5, 3)) * ANCHOR
    px, py = (np.array([gx, gy]) + 1 / (1 + np.exp(-q[1:3]))) * CELL
    iw = max(0, min(px + pw / 2, cx + w / 2) - max(px - pw / 2, cx - w / 2))
    ih = max(0, min(py + ph / 2, cy + h / 2) - max(py - ph / 2, cy - h / 2))
    ious.append(iw * ih / (pw * ph + w * h - iw * ih) if np.isfinite(q).all() else np.nan)
print(f"FINAL_LOSS={mean:.6g}")
print(f"FINAL_METRIC=mean_iou:{np.mean(ious):.6f}")
