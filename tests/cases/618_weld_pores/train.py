"""Pores in X-ray pictures of welds: a small U-shaped network marks the pixels."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(618)
SIZE = 48


def picture():
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    seam = 0.45 + 0.25 * np.exp(-((yy - SIZE / 2) / 11.0) ** 2)
    image = seam + 0.05 * rng.normal(size=(SIZE, SIZE))
    mask = np.zeros((SIZE, SIZE), "float32")
    for _ in range(rng.integers(2, 7)):
        cy, cx, r = rng.uniform(10, 38), rng.uniform(4, 44), rng.uniform(1.5, 4.0)
        inside = (yy - cy) ** 2 + (xx - cx) ** 2 < r * r
        image[inside] -= rng.uniform(0.18, 0.3)
        mask[inside] = 1.0
    return image.astype("float32"), mask


pairs = [picture() for _ in range(420)]
images = np.stack([p[0] for p in pairs])[..., None]
masks = np.stack([p[1] for p in pairs])[..., None]
images = (images - images[:340].mean()) / images[:340].std()

train = (tf.data.Dataset.from_tensor_slices((images[:340], masks[:340]))
         .shuffle(340, seed=1).batch(10).prefetch(2))
test = tf.data.Dataset.from_tensor_slices((images[340:], masks[340:])).batch(20)


def conv(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)


def network():
    inp = keras.Input((SIZE, SIZE, 1))
    a = conv(inp, 8)
    b = conv(layers.MaxPooling2D()(a), 16)
    c = conv(layers.MaxPooling2D()(b), 24)
    d = conv(layers.Concatenate()([layers.UpSampling2D()(c), b]), 16)
    e = conv(layers.Concatenate()([layers.UpSampling2D()(d), a]), 8)
    out = layers.Conv2D(1, 1, activation="relu", name="pore")(e)
    return keras.Model(inp, out)


model = network()
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss=keras.losses.BinaryCrossentropy(from_logits=True))
history = model.fit(train, validation_data=test, epochs=10, verbose=2)

logits = model.predict(test, verbose=0)
found = logits > 0.0
truth = masks[340:] > 0.5
iou = np.logical_and(found, truth).sum() / max(np.logical_or(found, truth).sum(), 1)
print("share of pixels marked", found.mean(), "true", truth.mean())
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou:.4f}")
