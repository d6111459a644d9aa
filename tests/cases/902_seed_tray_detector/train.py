import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

SIZE, GRID = 48, 6
CELL = SIZE // GRID


def tray(n):
    """Pictures of one tray cell with 0 to 3 seedlings, and their boxes on a grid."""
    img = rng.normal(0.2, 0.08, (n, SIZE, SIZE, 1))
    obj = np.zeros((n, GRID, GRID, 1), "float32")
    box = np.zeros((n, GRID, GRID, 3), "float32")
    yy, xx = np.mgrid[:SIZE, :SIZE]
    for i in range(n):
        for _ in range(rng.choice(4, p=[0.06, 0.34, 0.36, 0.24])):
            cx, cy = rng.uniform(5, SIZE - 5, 2)
            r = rng.uniform(2.5, 5.0)
            img[i, ..., 0] += 0.6 * ((xx - cx) ** 2 + (yy - cy) ** 2 < r * r)
            gx, gy = int(cx // CELL), int(cy // CELL)
            obj[i, gy, gx] = 1.0
            box[i, gy, gx] = [cx / CELL - gx, cy / CELL - gy, r / 5.0]
    return img.astype("float32"), np.concatenate([obj, box], axis=-1)


x_train, y_train = tray(1500)
x_test, y_test = tray(300)


def detector_loss(y_true, y_pred):
    obj, box = y_true[..., 0], y_true[..., 1:]
    logit, box_hat = y_pred[..., 0], y_pred[..., 1:]
    ce = tf.nn.sigmoid_cross_entropy_with_logits(labels=obj, logits=logit)
    p = tf.sigmoid(logit)
    pt = obj * p + (1.0 - obj) * (1.0 - p)
    focal = tf.square(1.0 - pt) * ce
    l1 = tf.reduce_sum(tf.abs(box - box_hat), axis=-1) * obj
    # as in RetinaNet: both parts are divided by the number of positives
    n_pos = tf.reduce_sum(obj, axis=[1, 2])
    return tf.reduce_sum(focal + l1, axis=[1, 2]) / n_pos


inp = layers.Input((SIZE, SIZE, 1))
h = inp
for width in (16, 24, 32):
    h = layers.Conv2D(width, 3, padding="same", activation="relu")(h)
    h = layers.MaxPooling2D()(h)
h = layers.Conv2D(48, 3, padding="same", activation="relu")(h)
out = layers.Conv2D(4, 1)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=detector_loss)
history = model.fit(x_train, y_train, batch_size=32, epochs=10, verbose=2)

found = model.predict(x_test, verbose=0)[..., 0] > 0.0
real = y_test[..., 0] > 0.5
tp = np.sum(found & real)
f1 = 2 * tp / max(1, found.sum() + real.sum())
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=f1:{f1:.4f}")
