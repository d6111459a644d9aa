"""Camera above the belt of a shoe repair shop: left shoe or right shoe (from above, toe up)."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)
SIZE = 28


def draw_shoe(right):
    yy, xx = np.mgrid[0:SIZE, 0:SIZE].astype("float32")
    t = (yy - 3) / (SIZE - 6)                       # 0 at the toe, 1 at the heel
    bend = rng.uniform(2.0, 3.5)
    middle = SIZE / 2 + rng.uniform(-2, 2) - bend * (1 - t) ** 2 + bend * 0.4
    width = rng.uniform(4.0, 5.0) * (0.75 + 0.35 * np.cos(2 * np.pi * (t - 0.25)))
    shape = (np.abs(xx - middle) < width) & (t > 0) & (t < 1)
    picture = np.where(shape, rng.uniform(0.1, 0.5), rng.uniform(0.6, 0.9))
    if not right:
        picture = picture[:, ::-1]
    return picture + rng.normal(0, 0.06, picture.shape)


def make(n):
    side = rng.integers(0, 2, n)
    pictures = np.stack([draw_shoe(s) for s in side]).astype("float32")[..., None]
    return np.clip(pictures, 0, 1), side.astype("float32")


x_train, y_train = make(2400)
x_val, y_val = make(400)
x_test, y_test = make(800)

augment = keras.Sequential([
    layers.RandomTranslation(0.06, 0.06, fill_mode="nearest"),
    layers.RandomContrast(0.2, value_range=(0, 1)),
])

train_ds = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
            .shuffle(2400, seed=1).batch(48)
            .map(lambda x, y: (augment(x, training=True), y))
            .prefetch(2))
val_ds = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(200)

model = keras.Sequential([
    keras.Input((SIZE, SIZE, 1)),
    layers.Conv2D(12, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(24, 3, activation="relu", padding="same"),
    layers.MaxPooling2D(),
    layers.Conv2D(32, 3, activation="relu", padding="same"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
hist = model.fit(train_ds, validation_data=val_ds, epochs=8, verbose=2)

p = model.predict(x_test, verbose=0)[:, 0]
acc = np.mean((p > 0.5) == (y_test > 0.5))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
