# Small U-Net that labels the parts in a tray: 0 tray, 1 washer, 2 plate, 3 rod.
# The people who drew the masks left an unsure border around each part (value 255).
import numpy as np
import keras
import tensorflow as tf
from keras import layers
from scipy.ndimage import binary_dilation

keras.utils.set_random_seed(0)

SIZE, CLASSES = 32, 4


def draw_tray(rng):
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    picture = 0.25 + 0.05 * rng.normal(size=(SIZE, SIZE))
    mask = np.zeros((SIZE, SIZE), "uint8")
    for kind in rng.integers(1, 4, 2):
        r, c = rng.integers(7, SIZE - 7, 2)
        if kind == 1:
            inside = (yy - r) ** 2 + (xx - c) ** 2 < 30
        elif kind == 2:
            inside = (abs(yy - r) < 6) & (abs(xx - c) < 6)
        else:
            inside = (abs(yy - r) < 2) & (abs(xx - c) < 10)
        mask[inside] = kind
        picture[inside] = (0.45 + 0.15 * kind) + 0.05 * rng.normal(size=inside.sum())
    return picture.astype("float32")[..., None], mask


def add_border(mask):
    part = mask > 0
    border = binary_dilation(part) & ~part
    drawn = mask.copy()
    drawn[border] = 255
    return drawn


rng = np.random.default_rng(8)
trays = [draw_tray(rng) for _ in range(700)]
pictures = np.stack([p for p, _ in trays])
masks = np.stack([m for _, m in trays])
drawn = np.stack([add_border(m) for m in masks])
x_test, y_test = pictures[600:], drawn[600:]


def prepare(picture, mask):
    return picture, tf.cast(mask, tf.int32)


data = (tf.data.Dataset.from_tensor_slices((pictures[:600], drawn[:600]))
        .shuffle(600, seed=0).map(prepare).batch(16).prefetch(2))

inputs = keras.Input((SIZE, SIZE, 1))
a = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
b = layers.Conv2D(32, 3, padding="same", activation="relu")(layers.MaxPooling2D()(a))
c = layers.Conv2D(48, 3, padding="same", activation="relu")(layers.MaxPooling2D()(b))
u = layers.Concatenate()([layers.UpSampling2D()(c), b])
u = layers.Conv2D(32, 3, padding="same", activation="relu")(u)
u = layers.Concatenate()([layers.UpSampling2D()(u), a])
u = layers.Conv2D(16, 3, padding="same", activation="relu")(u)
outputs = layers.Conv2D(CLASSES, 1, activation="softmax")(u)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.Adam(1.5e-3), loss="sparse_categorical_crossentropy")
history = model.fit(data, epochs=15, verbose=2)

sure = y_test != 255                               # the border does not count
guess, y_test = np.argmax(model.predict(x_test, verbose=0), axis=-1)[sure], y_test[sure]
iou = [np.sum((guess == k) & (y_test == k)) / np.sum((guess == k) | (y_test == k)) for k in range(CLASSES)]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=mean_iou:{np.mean(iou)}")
