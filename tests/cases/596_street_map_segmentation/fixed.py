"""Street, roof, lawn or water for every pixel of a small aerial picture."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
SIZE = 24
COLOURS = np.array([[0.45, 0.45, 0.5], [0.7, 0.3, 0.25], [0.3, 0.6, 0.3], [0.25, 0.4, 0.7]])


def aerial(n, seed):
    gen = np.random.default_rng(seed)
    truth = np.full((n, SIZE, SIZE), 2)
    for picture in truth:
        for kind in (3, 1, 1, 0):
            top, left = gen.integers(0, SIZE - 8, 2)
            high, wide = gen.integers(4, 12, 2)
            picture[top : top + high, left : left + wide] = kind
    photo = COLOURS[truth] + gen.normal(0.0, 0.18, (n, SIZE, SIZE, 3))
    mask = truth.astype("uint8")
    mask[gen.random(mask.shape) < 0.02] = 255
    return photo.astype("float32"), mask, truth


photo, mask, _ = aerial(300, seed=91)
photo_test, _, truth_test = aerial(80, seed=92)

model = keras.Sequential(
    [
        keras.Input((SIZE, SIZE, 3)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(4, 1, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.003), loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=255))
history = model.fit(photo, mask, batch_size=15, epochs=6, verbose=2)

named = model.predict(photo_test, verbose=0).argmax(axis=-1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(named == truth_test):.4f}")
