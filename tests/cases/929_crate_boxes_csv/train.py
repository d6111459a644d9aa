import io

import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
SIDE = 48


def photo():
    img = rng.normal(0.3, 0.06, (SIDE, SIDE))
    w, h = rng.integers(10, 22, 2)
    x, y = rng.integers(0, SIDE - w), rng.integers(0, SIDE - h)
    mask = np.zeros((SIDE, SIDE), bool)
    mask[y:y + h, x:x + w] = True
    img[mask] += rng.uniform(0.25, 0.5)
    return img.astype("float32")[..., None], mask, (x, y, w, h)


# the labelling tool writes one line for each photo: image_id, then its bbox
rows, photos, masks = [], [], []
for i in range(1400):
    img, mask, bbox = photo()
    photos.append(img)
    masks.append(mask)
    rows.append([i, *bbox])
export = io.StringIO()
pd.DataFrame(rows).to_csv(export, header=False, index=False)
export.seek(0)

photos, masks = np.stack(photos), np.stack(masks)
table = pd.read_csv(export, header=None, names=["image", "x1", "y1", "x2", "y2"]).set_index("image")
boxes = table[["x1", "y1", "x2", "y2"]].to_numpy("float32") / SIDE
train, test = slice(0, 1200), slice(1200, None)

inp = keras.Input((SIDE, SIDE, 1))
h = inp
for f in (16, 24, 32):
    h = layers.Conv2D(f, 3, padding="same", activation="relu")(h)
    h = layers.MaxPooling2D()(h)
h = layers.Flatten()(h)
h = layers.Dense(96, activation="relu")(h)
model = keras.Model(inp, layers.Dense(4, activation="sigmoid")(h))
model.compile(keras.optimizers.Adam(1e-3), loss=keras.losses.Huber(0.1))
hist = model.fit(photos[train], boxes[train], epochs=12, batch_size=32, verbose=2)


def mask_overlap(pred, mask):
    x1, y1, x2, y2 = np.rint(pred * SIDE).astype(int)
    own = np.zeros_like(mask)
    own[y1:y2, x1:x2] = True
    return (own & mask).sum() / (own | mask).sum()


pred = model.predict(photos[test], verbose=0)
iou = np.mean([mask_overlap(p, m) for p, m in zip(pred, masks[test])])
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=mean_iou:{iou:.4f}")
