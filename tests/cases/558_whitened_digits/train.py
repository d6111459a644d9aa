"""Digits in whitened principal components, read by a small net."""
import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ["CASE_DATA"], "digits.npz"))
order = np.random.default_rng(1).permutation(len(data["y"]))
pixels, labels = data["x"][order] / 16.0, data["y"][order].astype("int32")

centre = pixels[:1300].mean(axis=0)
covariance = np.cov(pixels[:1300] - centre, rowvar=False)
variance, directions = np.linalg.eigh(covariance)
white = (pixels - centre) @ directions / np.sqrt(variance)
white = white.astype("float32")

model = keras.Sequential(
    [
        keras.Input((64,)),
        layers.Dense(64, activation="tanh"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(white[:1300], labels[:1300], batch_size=50, epochs=20, verbose=2)

accuracy = np.mean(model.predict(white[1300:], verbose=0).argmax(axis=1) == labels[1300:])
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
