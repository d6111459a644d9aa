"""Number the twelve valve symbols of a piping plan; training pictures lie in folders 1 .. 12."""
import os
import tempfile

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

SIDE, KINDS = 20, 12
root = tempfile.mkdtemp()


def strokes(kind):
    r = np.random.default_rng(100 + kind)
    return r.uniform(3, SIDE - 4, (4, 2, 2))


PLANS = [strokes(k) for k in range(KINDS)]


def draw(kind):
    img = np.zeros((SIDE, SIDE))
    shift = rng.normal(0, 0.8, 2)
    for p, q in PLANS[kind]:
        for s in np.linspace(0, 1, 30):
            y, x = np.round(p + s * (q - p) + shift + rng.normal(0, 0.2, 2)).astype(int)
            if 0 <= y < SIDE and 0 <= x < SIDE:
                img[y, x] = 255
    return np.clip(img + rng.normal(0, 12, img.shape), 0, 255)


for number in range(1, KINDS + 1):
    sub = os.path.join(root, str(number))
    os.makedirs(sub)
    for i in range(70):
        keras.utils.save_img(os.path.join(sub, f"scan_{i:03d}.png"),
                             draw(number - 1)[:, :, None], scale=False)

train_ds, val_ds = keras.utils.image_dataset_from_directory(
    root,
    label_mode="int",
    color_mode="grayscale",
    image_size=(SIDE, SIDE),
    batch_size=32,
    validation_split=0.15,
    subset="both",
    seed=4,
    verbose=False,
)
train_ds, val_ds = train_ds.cache(), val_ds.cache()

model = keras.Sequential([
    layers.Input((SIDE, SIDE, 1)),
    layers.Rescaling(1 / 255),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(),
    layers.Dropout(0.3),
    layers.Dense(KINDS, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(train_ds, validation_data=val_ds, epochs=15, verbose=2)

numbers = rng.integers(1, KINDS + 1, 500)
plan_cuts = np.stack([draw(n - 1)[:, :, None] for n in numbers]).astype("float32")
read_as = model.predict(plan_cuts, verbose=0).argmax(axis=1) + 1
acc = np.mean(read_as == numbers)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
