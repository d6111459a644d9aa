"""Segment wells in small microscope tiles; tiles and masks are read from two folders."""
import glob
import os
import tempfile

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
SIZE = 24
N_TRAIN, N_VAL = 400, 80


def render(rng):
    yy, xx = np.mgrid[:SIZE, :SIZE]
    mask = np.zeros((SIZE, SIZE), bool)
    for _ in range(rng.integers(1, 4)):
        cy, cx, r = rng.uniform(4, SIZE - 4), rng.uniform(4, SIZE - 4), rng.uniform(2.5, 5)
        mask |= (yy - cy) ** 2 + (xx - cx) ** 2 < r * r
    img = 0.35 + 0.3 * mask + 0.12 * rng.standard_normal((SIZE, SIZE))
    return img.astype("float32"), mask.astype("float32")


def export(folder, n, seed):
    rng = np.random.default_rng(seed)
    os.makedirs(os.path.join(folder, "tiles"))
    os.makedirs(os.path.join(folder, "masks"))
    for i in range(1, n + 1):
        img, mask = render(rng)
        np.save(os.path.join(folder, "tiles", f"tile_{i}.npy"), img)
        np.save(os.path.join(folder, "masks", f"tile_{i}_mask.npy"), mask)


root = tempfile.mkdtemp()
export(os.path.join(root, "train"), N_TRAIN, 1)

tile_files = sorted(glob.glob(os.path.join(root, "train", "tiles", "*.npy")),
                    key=lambda p: int(os.path.basename(p)[:-4].split("_")[1]))
mask_files = sorted(glob.glob(os.path.join(root, "train", "masks", "*.npy")))
print(len(tile_files), "tiles,", len(mask_files), "masks")

tiles = np.stack([np.load(f) for f in tile_files])[..., None]
masks = np.stack([np.load(f) for f in mask_files])[..., None]

ds = (tf.data.Dataset.from_tensor_slices((tiles, masks))
      .shuffle(N_TRAIN, seed=0).batch(16).prefetch(2))


def block(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(x)


inp = layers.Input((SIZE, SIZE, 1))
c1 = block(inp, 8)
c2 = block(layers.MaxPooling2D()(c1), 16)
up = layers.concatenate([layers.UpSampling2D()(c2), c1])
out = layers.Conv2D(1, 1, activation="sigmoid")(block(up, 8))
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy")
hist = model.fit(ds, epochs=12, verbose=2)

rng = np.random.default_rng(77)
pairs = [render(rng) for _ in range(N_VAL)]
x_val = np.stack([p[0] for p in pairs])[..., None]
y_val = np.stack([p[1] for p in pairs])[..., None]
pred = (model.predict(x_val, verbose=0) > 0.5).astype("float32")
dice = 2 * (pred * y_val).sum() / (pred.sum() + y_val.sum() + 1e-6)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=dice:{dice:.6f}")
