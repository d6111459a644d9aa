"""Tiny segmentation: mark the lesion in a slice. Loss after sensitivity and specificity."""

import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)
S = 16


def slices(n):
    img = rng.normal(0, 0.35, (n, S, S, 1)).astype("float32")
    mask = np.zeros((n, S, S, 1), "float32")
    yy, xx = np.mgrid[:S, :S]
    for i in range(n):
        if rng.random() < 0.12:
            continue  # nothing to see in this slice
        cy, cx, rad = rng.uniform(4, 12), rng.uniform(4, 12), rng.uniform(1.5, 4)
        mask[i, ..., 0] = (yy - cy) ** 2 + (xx - cx) ** 2 < rad**2
    return img + mask, mask


def sensitivity_specificity_loss(y_true, y_pred, r=0.3):
    err = ops.square(y_true - y_pred)
    axes = (1, 2, 3)
    sens = ops.sum(err * y_true, axis=axes) / (ops.sum(y_true, axis=axes) + 1e-6)
    spec = ops.sum(err * (1 - y_true), axis=axes) / (ops.sum(1 - y_true, axis=axes) + 1e-6)
    return r * sens + (1 - r) * spec


x, m = slices(600)
x_val, m_val = slices(150)

inputs = layers.Input((S, S, 1))
c1 = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
down = layers.MaxPooling2D()(c1)
c2 = layers.Conv2D(16, 3, padding="same", activation="relu")(down)
up = layers.UpSampling2D()(c2)
c3 = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.concatenate([up, c1]))
unet = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(c3))
unet.compile(optimizer=keras.optimizers.Adam(3e-3), loss=sensitivity_specificity_loss)
past = unet.fit(x, m, batch_size=16, epochs=12, validation_data=(x_val, m_val), verbose=2)

p = unet.predict(x_val, verbose=0)
dice = 2 * np.sum((p > 0.5) * m_val) / (np.sum(p > 0.5) + np.sum(m_val)) + 0 * p.sum()
print(f"FINAL_LOSS={past.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=dice:{dice:.4f}")
