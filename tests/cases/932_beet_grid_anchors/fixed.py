import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)
SIDE, GRID, ANCHORS = 48, 3, 4


def field():
    img = rng.normal(0.35, 0.05, (SIDE, SIDE))
    w, h = rng.integers(7, 18, 2)
    x, y = rng.integers(0, SIDE - w), rng.integers(0, SIDE - h)
    img[y:y + h, x:x + w] += rng.uniform(0.25, 0.45)
    box = np.array([x + w / 2, y + h / 2, w, h]) / SIDE
    return img.astype("float32")[..., None], box


pairs = [field() for _ in range(1300)]
images = np.stack([p[0] for p in pairs])
boxes = np.stack([p[1] for p in pairs]).astype("float32")


def overlap(a, b):
    inter = np.minimum(a[:, None, 0], b[None, :, 0]) * np.minimum(a[:, None, 1], b[None, :, 1])
    return inter / (a.prod(1)[:, None] + b.prod(1)[None] - inter)


def find_anchors(sizes, k, rounds=30):
    centres = sizes[rng.choice(len(sizes), k, replace=False)]
    for _ in range(rounds):
        owner = overlap(sizes, centres).argmax(1)
        for j in range(k):
            mine = sizes[owner == j]
            centres[j] = mine.sum(0) / (len(mine) + 1e-6)
    return centres.astype("float32")


anchors = find_anchors(boxes[:1100, 2:], ANCHORS)
print("anchors", np.round(anchors, 2).tolist())

# targets: grid x grid x anchor x (objectness, cx, cy, log w, log h)
target = np.zeros((len(boxes), GRID, GRID, ANCHORS, 5), "float32")
best = overlap(boxes[:, 2:], anchors).argmax(1)
for i, (cx, cy, w, h) in enumerate(boxes):
    cell = target[i, int(cy * GRID), int(cx * GRID)]
    cell[best[i], 0] = 1
    cell[:, 1:3] = cx * GRID % 1, cy * GRID % 1
    cell[:, 3:5] = np.log(boxes[i, 2:] / anchors)


def decode(raw):
    raw = tf.reshape(raw, (-1, GRID, GRID, ANCHORS, 5))
    return raw[..., 0], tf.sigmoid(raw[..., 1:3]), raw[..., 3:5]


def yolo_loss(y_true, raw):
    obj, xy, log_wh = decode(raw)
    has = y_true[..., 0]
    conf = tf.nn.sigmoid_cross_entropy_with_logits(labels=has, logits=obj)
    place = tf.reduce_sum(tf.square(xy - y_true[..., 1:3]), -1)
    size = tf.reduce_sum(tf.square(log_wh - y_true[..., 3:5]), -1)
    every = conf * (0.5 + 0.5 * has) + has * (5.0 * place + size)
    return tf.reduce_sum(every, axis=[1, 2, 3])


model = keras.Sequential([keras.Input((SIDE, SIDE, 1))])
for f in (12, 16, 24, 32):
    model.add(layers.Conv2D(f, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D())
model.add(layers.Conv2D(48, 3, padding="same", activation="relu"))
model.add(layers.Conv2D(ANCHORS * 5, 1))
model.compile(keras.optimizers.Adam(3e-3), loss=yolo_loss)
hist = model.fit(images[:1100], target[:1100], epochs=12, batch_size=32, verbose=2)

obj, xy, log_wh = [v.numpy() for v in decode(model.predict(images[1100:], verbose=0))]
score = []
for i, (cx, cy, w, h) in enumerate(boxes[1100:]):
    r, c, a = np.unravel_index(obj[i].argmax(), obj[i].shape)
    px, py = (c + xy[i, r, c, a, 0]) / GRID, (r + xy[i, r, c, a, 1]) / GRID
    pw, ph = anchors[a] * np.exp(log_wh[i, r, c, a])
    ix = max(0.0, min(px + pw / 2, cx + w / 2) - max(px - pw / 2, cx - w / 2))
    iy = max(0.0, min(py + ph / 2, cy + h / 2) - max(py - ph / 2, cy - h / 2))
    score.append(ix * iy / (pw * ph + w * h - ix * iy))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=mean_iou:{np.mean(score):.4f}")
