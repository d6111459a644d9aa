import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
SIZE = 32


def pictures(n, seed):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    imgs = np.zeros((n, SIZE, SIZE, 1), "float32")
    masks = np.zeros((n, SIZE, SIZE, 1), "float32")
    for i in range(n):
        cx, cy = rng.uniform(8, 24, 2)
        a, b = rng.uniform(4, 8, 2)
        inside = ((xx - cx) / a) ** 2 + ((yy - cy) / b) ** 2 < 1
        light = 0.45 + 0.15 * np.sin(xx / rng.uniform(5, 9) + rng.uniform(0, 6))
        img = light + 0.28 * inside + rng.normal(0, 0.07, (SIZE, SIZE))
        imgs[i, :, :, 0] = np.clip(img, 0, 1)
        masks[i, :, :, 0] = inside
    return imgs, masks


def dice(y_true, y_pred):
    inter = ops.sum(y_true * y_pred, axis=(1, 2, 3))
    total = ops.sum(y_true, axis=(1, 2, 3)) + ops.sum(y_pred, axis=(1, 2, 3))
    return (2.0 * inter + 1.0) / (total + 1.0)


def dice_loss(y_true, y_pred):
    return 1.0 - dice(y_true, y_pred)


def conv(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)


def small_unet():
    inp = layers.Input((SIZE, SIZE, 1))
    c1 = conv(inp, 12)
    c2 = conv(layers.MaxPooling2D()(c1), 24)
    c3 = conv(layers.MaxPooling2D()(c2), 32)
    u2 = layers.Concatenate()([layers.UpSampling2D()(c3), c2])
    u2 = conv(u2, 24)
    u1 = layers.Concatenate()([layers.UpSampling2D()(u2), c1])
    u1 = conv(u1, 12)
    return keras.Model(inp, layers.Conv2D(1, 1, activation="sigmoid")(u1))


x_train, m_train = pictures(500, 3)
x_test, m_test = pictures(100, 4)

model = small_unet()
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=dice_loss)
history = model.fit(x_train, m_train, batch_size=25, epochs=6, validation_data=(x_test, m_test), verbose=2)

found = model.predict(x_test, verbose=0) > 0.5
truth = m_test > 0.5
iou = np.mean((found & truth).sum((1, 2, 3)) / (found | truth).sum((1, 2, 3)))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou}")
