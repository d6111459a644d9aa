"""Tree species from patches of bark, with brightness-curve augmentation."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)
SPECIES, SIDE = 5, 28


def patch(k):
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    ang = np.pi * k / SPECIES + rng.normal(0, 0.09)
    freq = 0.16 + 0.03 * (k % 2)
    wave = np.sin(2 * np.pi * freq * (xx * np.cos(ang) + yy * np.sin(ang)) + rng.uniform(0, 6.3))
    pic = rng.uniform(0.35, 0.6) + 0.17 * wave + rng.normal(0, 0.08, (SIDE, SIDE))
    return np.clip(pic, 0.02, 1)


labels = rng.integers(0, SPECIES, 2400)
pics = np.stack([patch(k) for k in labels]).astype("float32")[..., None]


def prepare(img, label):
    return tf.image.per_image_standardization(img), label


def augment(img, label):
    gamma = tf.random.uniform((), 0.7, 1.5)
    img = tf.where(tf.random.uniform(()) < 0.3, tf.pow(img, gamma), img)
    return img, label


ds = tf.data.Dataset.from_tensor_slices((pics[:1900], labels[:1900]))
train = ds.shuffle(1900, seed=2).map(prepare).map(augment).batch(38)
test = tf.data.Dataset.from_tensor_slices((pics[1900:], labels[1900:])).map(prepare).batch(100)

inp = keras.Input((SIDE, SIDE, 1))
h = layers.Conv2D(12, 5, strides=2, activation="relu")(inp)
h = layers.Conv2D(24, 3, activation="relu")(h)
h = layers.GlobalAveragePooling2D()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(inp, layers.Dense(SPECIES, activation="softmax")(h))
model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy",
              metrics=["accuracy"])
hist = model.fit(train, epochs=9, verbose=2)
p = model.predict(test, verbose=0)
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=accuracy:%f" % np.mean(p.argmax(1) == labels[1900:]))
