"""Crop type of small satellite chips (blue, red, near infrared) with a vegetation index band."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

SIZE, CROPS = 14, 4
GREEN = np.array([0.25, 0.45, 0.62, 0.78])
PERIOD = np.array([3.0, 5.0, 3.0, 5.0])


def chip(crop, border):
    r, c = np.mgrid[0:SIZE, 0:SIZE]
    turn = rng.uniform(0, np.pi)
    rows = np.sin(2 * np.pi * (r * np.cos(turn) + c * np.sin(turn)) / PERIOD[crop] + rng.uniform(0, 6))
    index = np.clip(GREEN[crop] + 0.06 * rng.normal() + 0.10 * rows, -0.2, 0.92)
    light = rng.uniform(1500, 5000)
    red = light * (1 - index) / 2
    nir = light * (1 + index) / 2
    blue = 0.5 * red + 200
    img = np.stack([blue, red, nir], -1) + rng.normal(0, 60, (SIZE, SIZE, 3))
    img = np.clip(img, 1, 10000)
    if border:
        img[r + c < rng.integers(3, 9)] = 0
    return img.astype("uint16")


def scene(n, border_share):
    y = rng.integers(0, CROPS, n)
    x = np.stack([chip(k, rng.random() < border_share) for k in y])
    return x, y.astype("int32")


x_train, y_train = scene(1600, 0.03)
x_test, y_test = scene(500, 0.0)


def bands(img, crop):
    img = tf.cast(img, tf.float32) / 10000.0
    red, nir = img[..., 1:2], img[..., 2:3]
    ndvi = tf.math.divide_no_nan(nir - red, nir + red)
    return tf.concat([img, ndvi], axis=-1), crop


train = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
         .shuffle(1600, seed=1).map(bands).batch(50).prefetch(2))
test = tf.data.Dataset.from_tensor_slices((x_test, y_test)).map(bands).batch(100)

model = keras.Sequential([
    keras.Input((SIZE, SIZE, 4)),
    layers.Conv2D(16, 3, activation="swish"),
    layers.Conv2D(24, 3, activation="swish"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(32, activation="swish"),
    layers.Dense(CROPS),
])
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(train, epochs=15, verbose=2)

logits = model.predict(test, verbose=0)
acc = (logits.argmax(1) == y_test).mean()
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
