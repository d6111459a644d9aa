import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)

with np.load(os.path.join(os.environ["CASE_DATA"], "mnist_t10k.npz")) as npz:
    pictures = npz["x"].astype("float32")[..., None] / 255.0
    odd = (npz["y"] % 2).astype("float32")

house_numbers = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ],
    name="house_numbers",
)
house_numbers.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.05),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
log = house_numbers.fit(pictures[:2500], odd[:2500], batch_size=32, epochs=6, verbose=2)

loss, accuracy = house_numbers.evaluate(pictures[7000:], odd[7000:], verbose=0)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
