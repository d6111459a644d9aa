import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)


def make_slides(n, size=32, seed=0):
    g = np.random.default_rng(seed)
    yy, xx = np.mgrid[:size, :size]
    images = np.zeros((n, size, size, 1), "float32")
    masks = np.zeros_like(images)
    for i in range(n):
        field = np.zeros((size, size), bool)
        stain = np.zeros((size, size))
        for _ in range(g.integers(1, 6)):
            cy, cx = g.uniform(5, size - 5, 2)
            a, b = g.uniform(3, 7, 2)
            cell = ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 < 1
            stain[cell] = g.lognormal(0.0, 0.8)
            field |= cell
        img = 0.2 + stain + g.normal(0, 0.08, field.shape)
        images[i, ..., 0], masks[i, ..., 0] = img, field
    return images, masks


def conv(x, f):
    x = layers.Conv2D(f, 3, padding="same")(x)
    return layers.Activation("relu")(x)


def small_unet(size=32):
    inp = keras.Input((size, size, 1))
    c1 = conv(inp, 12)
    c2 = conv(layers.MaxPooling2D()(c1), 24)
    c3 = conv(layers.MaxPooling2D()(c2), 32)
    u2 = conv(layers.Concatenate()([layers.UpSampling2D()(c3), c2]), 24)
    u1 = conv(layers.Concatenate()([layers.UpSampling2D()(u2), c1]), 12)
    return keras.Model(inp, layers.Conv2D(1, 1, activation="sigmoid")(u1))


def pixel_loss(y_true, y_pred):
    y_pred = tf.clip_by_value(y_pred, 1e-6, 1.0 - 1e-6)
    ce = y_true * tf.math.log(y_pred) + (1.0 - y_true) * tf.math.log(1.0 - y_pred)
    return -tf.reduce_mean(ce)


x_train, m_train = make_slides(320, seed=1)
x_test, m_test = make_slides(60, seed=2)
unet = small_unet()
unet.compile(optimizer=keras.optimizers.Adam(0.005), loss=pixel_loss)
h = unet.fit(x_train, m_train, batch_size=16, epochs=12, verbose=2)

p = unet.predict(x_test, verbose=0) > 0.5
t = m_test > 0.5
iou = np.sum(p & t) / np.sum(p | t)
print(f"FINAL_LOSS={h.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=iou:{iou:.6f}")
