"""A trunk trained on plain textures is used again for photographs of glazed tiles with few labels."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)
SIDE = 28


def texture(kind, tint):
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    f = rng.uniform(0.9, 1.3)
    s = rng.uniform(0, 6.28)
    grid = [np.sin(f * xx + s), np.sin(f * yy + s), np.sin(f * (xx + yy) + s),
            np.sin(f * xx + s) * np.sin(f * yy + s),
            np.sin(0.35 * f * np.hypot(xx - 14, yy - 14) * 2 + s),
            np.sign(np.sin(0.5 * f * xx + s)) * np.sign(np.sin(0.5 * f * yy))][kind]
    base = 0.5 + 0.22 * grid
    picture = base[..., None] * tint + rng.normal(0, 0.06, (SIDE, SIDE, 3))
    return np.clip(picture, 0, 1)


def sample(n, low, high):
    y = rng.integers(0, 6, n)
    x = np.stack([texture(k, rng.uniform(low, high, 3)) for k in y])
    return x.astype("float32"), y.astype("int32")


x_plain, y_plain = sample(1500, 0.9, 1.0)
x_tiles, y_tiles = sample(360, 0.55, 1.0)
x_test, y_test = sample(500, 0.55, 1.0)

trunk = keras.Sequential([
    keras.Input((SIDE, SIDE, 3)),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
], name="trunk")
first = keras.Sequential([trunk, layers.Dense(6, activation="softmax")])
first.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
first.fit(x_plain, y_plain, epochs=8, batch_size=50, verbose=2)

augment = keras.Sequential([
    layers.RandomTranslation(0.1, 0.1, fill_mode="reflect"),
    layers.RandomBrightness(0.2),
], name="augment")

trunk.trainable = False
inputs = keras.Input((SIDE, SIDE, 3))
h = augment(inputs)
h = trunk(h)
h = layers.Dropout(0.1)(h)
outputs = layers.Dense(6, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
feed = tf.data.Dataset.from_tensor_slices((x_tiles, y_tiles)).shuffle(360, seed=4).batch(24)
hist = model.fit(feed, epochs=25, verbose=2)

acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
