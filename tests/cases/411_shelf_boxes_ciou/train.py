"""Find up to two parcels on a shelf picture: box head with CIoU, presence head with BCE."""
import math

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
SIZE = 32


def scene(rng):
    img = 0.1 * rng.standard_normal((SIZE, SIZE))
    boxes, present = np.zeros((2, 4)), np.zeros(2)
    count = rng.integers(1, 3)
    for k in range(count):
        w, h = rng.integers(6, 15), rng.integers(6, 22)
        x0 = rng.integers(0, 17 - w) + 16 * k
        y0 = rng.integers(0, SIZE - h)
        img[y0:y0 + h, x0:x0 + w] += 1.0
        boxes[k] = [(x0 + w / 2) / SIZE, (y0 + h / 2) / SIZE, w / SIZE, h / SIZE]
        present[k] = 1
    return img, boxes, present


def dataset(n, seed):
    rng = np.random.default_rng(seed)
    imgs, boxes, present = zip(*[scene(rng) for _ in range(n)])
    return (np.array(imgs, "float32")[..., None], np.array(boxes, "float32"),
            np.array(present, "float32"))


x_tr, b_tr, p_tr = dataset(1200, 1)
x_te, b_te, p_te = dataset(200, 2)


def corners(b):
    return b[..., 0] - b[..., 2] / 2, b[..., 1] - b[..., 3] / 2, b[..., 0] + b[..., 2] / 2, b[..., 1] + b[..., 3] / 2


def iou_and_hull(t, p):
    tx0, ty0, tx1, ty1 = corners(t)
    px0, py0, px1, py1 = corners(p)
    iw = tf.maximum(tf.minimum(tx1, px1) - tf.maximum(tx0, px0), 0.0)
    ih = tf.maximum(tf.minimum(ty1, py1) - tf.maximum(ty0, py0), 0.0)
    inter = iw * ih
    union = t[..., 2] * t[..., 3] + p[..., 2] * p[..., 3] - inter
    hull = tf.square(tf.maximum(tx1, px1) - tf.minimum(tx0, px0)) + tf.square(tf.maximum(ty1, py1) - tf.minimum(ty0, py0))
    return inter / (union + 1e-7), hull + 1e-7


def ciou_loss(y_true, y_pred):
    box, present = y_true[..., :4], y_true[..., 4]
    iou, hull = iou_and_hull(box, y_pred)
    centre = tf.reduce_sum(tf.square(box[..., :2] - y_pred[..., :2]), axis=-1)
    ratio_true = box[..., 2] / box[..., 3]
    ratio_pred = y_pred[..., 2] / y_pred[..., 3]
    v = 4 / math.pi ** 2 * tf.square(tf.atan(ratio_true) - tf.atan(ratio_pred))
    alpha = tf.stop_gradient(v / (1 - iou + v + 1e-7))
    loss = 1 - iou + centre / hull + alpha * v
    return tf.reduce_sum(loss * present, axis=-1) / tf.reduce_sum(present, axis=-1)


inp = layers.Input((SIZE, SIZE, 1))
h = layers.Conv2D(12, 3, strides=2, padding="same", activation="relu")(inp)
h = layers.Conv2D(24, 3, strides=2, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dense(96, activation="relu")(h)
boxes = layers.Reshape((2, 4), name="boxes")(layers.Dense(8, activation="sigmoid")(h))
present = layers.Dense(2, activation="sigmoid", name="present")(h)

model = keras.Model(inp, {"boxes": boxes, "present": present})
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss={"boxes": ciou_loss, "present": "binary_crossentropy"},
    loss_weights={"boxes": 1.0, "present": 0.5},
)
hist = model.fit(x_tr, {"boxes": np.concatenate([b_tr, p_tr[..., None]], -1), "present": p_tr},
                 batch_size=32, epochs=15, verbose=2)

pred = model.predict(x_te, verbose=0)["boxes"]
iou, _ = iou_and_hull(tf.constant(b_te), tf.constant(pred))
mean_iou = float(iou.numpy()[p_te > 0].mean())
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=mean_iou:{mean_iou:.6f}")
