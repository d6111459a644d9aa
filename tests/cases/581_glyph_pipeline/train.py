"""Glyphs of eight by eight pixels, fed by an input pipeline."""
import os

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)

npz = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
x = (npz["x"].reshape(-1, 8, 8, 1) / 16.0).astype("float32")
y = npz["y"]
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]

glyphs = tf.data.Dataset.from_tensor_slices(x_train).shuffle(1400, seed=21)
answers = tf.data.Dataset.from_tensor_slices(y_train).shuffle(1400, seed=22)
pairs = tf.data.Dataset.zip((glyphs, answers)).batch(28).prefetch(2)

net = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(48, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
run = net.fit(pairs, epochs=12, verbose=2)

accuracy = net.evaluate(x_test, y_test, verbose=0)[1]
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
