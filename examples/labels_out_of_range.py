"""Masks come as 0 and 255, as image files hold them; binary_crossentropy wants 0 and 1."""

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

count, size = 400, 16
rows, columns = np.mgrid[:size, :size]
centre = rng.uniform(4, 12, (count, 2))
radius = rng.uniform(2, 5, count)
inside = (rows - centre[:, :1, None]) ** 2 + (columns - centre[:, 1:, None]) ** 2 < radius[:, None, None] ** 2
images = (0.4 * inside + 0.25 * rng.normal(size=inside.shape)).astype("float32")[..., None]
masks = np.where(inside, 255, 0).astype("uint8")[..., None]

model = keras.Sequential(
    [
        keras.Input((size, size, 1)),
        layers.Conv2D(16, 5, padding="same", activation="relu"),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(1, 1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
history = model.fit(images[:320], masks[:320], batch_size=16, epochs=10, verbose=2)

found = model.predict(images[320:], verbose=0) > 0.5
truth = masks[320:] > 127
print(f"final loss {history.history['loss'][-1]:.6g}")
print(f"test IoU {(found & truth).sum() / (found | truth).sum():.3f}")
