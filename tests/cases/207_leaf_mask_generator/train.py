"""Leaf spots: 24 x 24 grey pictures and their masks as they come from the PNG files, from a generator."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
SIDE = 24
rng = np.random.default_rng(61)
yy, xx = np.mgrid[0:SIDE, 0:SIDE]


def leaf():
    mask = np.zeros((SIDE, SIDE), bool)
    for _ in range(rng.integers(1, 4)):
        row, column, radius = rng.uniform(4, 20), rng.uniform(4, 20), rng.uniform(1.5, 3.5)
        mask |= (yy - row) ** 2 + (xx - column) ** 2 < radius**2
    picture = 120 + 40 * mask + rng.normal(0, 25, (SIDE, SIDE))
    return np.clip(picture, 0, 255).astype("uint8"), mask.astype("uint8") * 255


def read(n):
    pictures, masks = zip(*[leaf() for _ in range(n)])
    return np.stack(pictures)[..., None], np.stack(masks)[..., None]


def generator(pictures, masks, batch_size=16):
    while True:
        order = np.random.permutation(len(pictures))
        for start in range(0, len(order) - batch_size + 1, batch_size):
            take = order[start : start + batch_size]
            yield pictures[take].astype("float32") / 255.0 - 0.5, masks[take].astype("float32")


pictures, masks = read(480)
test_pictures, test_masks = read(120)
inputs = keras.Input((SIDE, SIDE, 1))
down = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
low = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(down)
low = layers.Conv2D(16, 3, padding="same", activation="relu")(low)
up = layers.Concatenate()([down, layers.UpSampling2D()(low)])
up = layers.Conv2D(8, 3, padding="same", activation="relu")(up)
model = keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(up))
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy")
history = model.fit(generator(pictures, masks), steps_per_epoch=30, epochs=10, verbose=2)

found = model.predict(test_pictures.astype("float32") / 255.0 - 0.5, verbose=0) > 0.5
spots = test_masks > 127
iou = np.sum(found & spots) / np.sum(found | spots)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=iou:{iou:.4f}")
