# small U-Net for cell segmentation; masks come as 8-bit PNGs (0 background, 255 cell)
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)
SIZE = 32


def draw(n):
    yy, xx = np.mgrid[:SIZE, :SIZE]
    pics = np.zeros((n, SIZE, SIZE, 1), "uint8")
    masks = np.zeros((n, SIZE, SIZE, 1), "uint8")
    for i in range(n):
        canvas = rng.normal(70, 25, (SIZE, SIZE))
        for _ in range(rng.integers(1, 4)):
            cy, cx, r = rng.uniform(5, 27), rng.uniform(5, 27), rng.uniform(3, 6)
            cell = (yy - cy) ** 2 + (xx - cx) ** 2 < r * r
            canvas[cell] += 60
            masks[i, cell] = 255
        pics[i, ..., 0] = np.clip(canvas, 0, 255)
    return pics, masks


pics, masks = draw(700)


def prepare(pic, mask):
    pic = tf.cast(pic, tf.float32) / 255.0
    mask = tf.cast(mask, tf.float32)
    return pic, mask


train = tf.data.Dataset.from_tensor_slices((pics[:600], masks[:600])).shuffle(600, seed=5).map(prepare).batch(16).prefetch(2)


def conv(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(x)


inp = keras.Input((SIZE, SIZE, 1))
c1 = conv(inp, 8)
c2 = conv(layers.MaxPooling2D()(c1), 16)
c3 = conv(layers.MaxPooling2D()(c2), 32)
u2 = conv(layers.Concatenate()([layers.Conv2DTranspose(16, 2, strides=2)(c3), c2]), 16)
u1 = conv(layers.Concatenate()([layers.Conv2DTranspose(8, 2, strides=2)(u2), c1]), 8)
out = layers.Conv2D(1, 1, activation="sigmoid")(u1)
unet = keras.Model(inp, out)
unet.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
log = unet.fit(train, epochs=8, verbose=2)

test = pics[600:].astype("float32") / 255.0
found = unet.predict(test, verbose=0) > 0.5
truth = masks[600:] > 127
iou = (found & truth).sum() / (found | truth).sum()
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou:.4f}")
