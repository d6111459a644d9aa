"""Reuse of a trained extractor: learnt on the digits 0-4, frozen, new head for 5-9.

The new pictures come as bytes (0..255) from the parcel camera through tf.data.
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(338)

pictures, digit = load_digits(return_X_y=True)
pictures = pictures.reshape(-1, 8, 8, 1)
old, new = digit < 5, digit >= 5

# --- the extractor, as it was trained last year -------------------------------------------
base = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(24, 3, activation="relu"),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(64, activation="relu"),
], name="extractor")
first = keras.Sequential([base, layers.Dense(5, activation="softmax")])
first.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
first.fit((pictures[old] / 16.0).astype("float32"), digit[old], epochs=8, batch_size=32, verbose=0)

# --- the new task -------------------------------------------------------------------------
camera = np.round(pictures[new] * 255 / 16).astype("uint8")
kind = digit[new] - 5
order = rng.permutation(len(kind))
train, test = order[:600], order[600:]


def decode(image, label):
    image = tf.cast(image, tf.float32)
    return image, label


def stream(rows):
    return tf.data.Dataset.from_tensor_slices((camera[rows], kind[rows])).map(decode)


train_ds = stream(train).shuffle(600, seed=1).batch(32).prefetch(2)
test_ds = stream(test).batch(64)

base.trainable = False
inputs = keras.Input((8, 8, 1))
features = base(inputs, training=False)
features = layers.Dense(32, activation="relu")(features)
features = layers.Dropout(0.1)(features)
outputs = layers.Dense(5, activation="softmax")(features)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
history = model.fit(train_ds, epochs=25, verbose=2)

prob = model.predict(test_ds, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(prob.argmax(1) == kind[test])}")
