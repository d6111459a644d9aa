"""Lesion masks on small CT patches (Hounsfield units); most patches are healthy."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

SIZE = 24


def make_patches(n):
    images = rng.normal(-80.0, 12.0, (n, SIZE, SIZE, 1))
    masks = np.zeros((n, SIZE, SIZE, 1))
    yy, xx = np.mgrid[:SIZE, :SIZE]
    for i in range(n):
        if rng.random() < 0.4:
            cy, cx = rng.uniform(6, SIZE - 6, 2)
            r = rng.uniform(3.0, 5.5)
            disc = (yy - cy) ** 2 + (xx - cx) ** 2 < r * r
            masks[i, :, :, 0] = disc
            images[i, :, :, 0] += disc * rng.uniform(110.0, 180.0)
    return images.astype("float32"), masks.astype("float32")


x_train, y_train = make_patches(800)
x_test, y_test = make_patches(200)
train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(800, seed=0).batch(16)


def focal_tversky(y_true, y_pred, smooth=1.0, alpha=0.7, gamma=0.75):
    y_true = tf.reshape(y_true, [tf.shape(y_true)[0], -1])
    y_pred = tf.reshape(y_pred, [tf.shape(y_pred)[0], -1])
    tp = tf.reduce_sum(y_true * y_pred, axis=1)
    fn = tf.reduce_sum(y_true * (1.0 - y_pred), axis=1)
    fp = tf.reduce_sum((1.0 - y_true) * y_pred, axis=1)
    tversky = (tp + smooth) / (tp + alpha * fn + (1.0 - alpha) * fp + smooth)
    return tf.pow(1.0 - tversky, gamma)


model = keras.Sequential([
    keras.Input((SIZE, SIZE, 1)),
    layers.Conv2D(12, 3, padding="same", activation="relu"),
    layers.Conv2D(12, 3, padding="same", activation="relu"),
    layers.Conv2D(1, 1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=focal_tversky)
history = model.fit(train, epochs=8, verbose=2)

pred = model.predict(x_test, verbose=0)
sick = y_test.sum(axis=(1, 2, 3)) > 0
hit = (pred > 0.5)[sick]
true = y_test[sick] > 0.5
dice = 2.0 * (hit & true).sum() / max(hit.sum() + true.sum(), 1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=dice:{dice}")
