import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

S = 32


def make_pictures(n):
    yy, xx = np.mgrid[0:S, 0:S]
    images = rng.normal(0.25, 0.08, (n, S, S)).astype("float32")
    masks = np.zeros((n, S, S), "float32")
    for i in range(n):
        for _ in range(rng.integers(2, 5)):
            cx, cy = rng.uniform(3, S - 3, 2)
            a, b = rng.uniform(2.5, 5.5, 2)
            inside = ((xx - cx) / a) ** 2 + ((yy - cy) / b) ** 2 < 1
            masks[i][inside] = 1.0
        images[i] += masks[i] * rng.uniform(0.25, 0.5)
    return np.clip(images, 0, 1)[..., None], masks[..., None]


x_train, m_train = make_pictures(320)
x_test, m_test = make_pictures(80)

# same seed for pictures and masks
flip = layers.RandomFlip("horizontal_and_vertical", seed=42)


def augment(images, masks):
    images = flip(images, training=True)
    masks = flip(masks, training=True)
    return images, masks


train_ds = (
    tf.data.Dataset.from_tensor_slices((x_train, m_train))
    .shuffle(320, seed=0)
    .batch(16)
    .map(augment)
    .prefetch(2)
)

inp = keras.Input((S, S, 1))
c1 = layers.Conv2D(8, 3, padding="same", activation="relu")(inp)
p1 = layers.MaxPooling2D()(c1)
c2 = layers.Conv2D(16, 3, padding="same", activation="relu")(p1)
u1 = layers.UpSampling2D()(c2)
c3 = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.Concatenate()([u1, c1]))
out = layers.Conv2D(1, 1, activation="sigmoid")(c3)
model = keras.Model(inp, out)

model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
hist = model.fit(train_ds, epochs=12, verbose=2)

pred = model.predict(x_test, verbose=0) > 0.5
truth = m_test > 0.5
iou = np.logical_and(pred, truth).sum() / np.logical_or(pred, truth).sum()
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou}")
