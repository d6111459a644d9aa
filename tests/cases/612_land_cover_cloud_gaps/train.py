import numpy as np
import tensorflow as tf
import keras
from keras import layers
from scipy.ndimage import gaussian_filter

keras.utils.set_random_seed(0)
rng = np.random.default_rng(90)

SIDE = 20
COVER = ["water", "forest", "crops", "town"]
MEAN = np.array([[0.04, 0.03, 0.02], [0.05, 0.07, 0.30], [0.09, 0.11, 0.26], [0.16, 0.15, 0.19]])
GRAIN = [0.3, 1.2, 3.0, 0.6]


def scene(kind):
    bands = np.zeros((SIDE, SIDE, 3))
    shared = gaussian_filter(rng.normal(size=(SIDE, SIDE)), GRAIN[kind])
    shared /= shared.std()
    for b in range(3):
        own = rng.normal(size=(SIDE, SIDE))
        bands[..., b] = MEAN[kind, b] * rng.normal(1.0, 0.25) + 0.03 * shared + 0.03 * own
    if rng.uniform() < 0.12:
        cloud = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 3.0)
        bands[cloud > np.quantile(cloud, rng.uniform(0.7, 0.95))] = np.nan
    return bands


def make(n):
    kind = rng.integers(0, len(COVER), n)
    return np.stack([scene(k) for k in kind]).astype("float32"), kind.astype("int32")


x_train, y_train = make(2400)
x_test, y_test = make(800)

band_mean = np.nanmean(x_train, axis=(0, 1, 2))
band_std = np.nanstd(x_train, axis=(0, 1, 2))
x_train = (x_train - band_mean) / band_std
x_test = (x_test - band_mean) / band_std

inputs = keras.Input((SIDE, SIDE, 3))
h = layers.Conv2D(16, 3)(inputs)
h = layers.MaxPooling2D(2)(h)
h = layers.ReLU()(h)
h = layers.Conv2D(32, 3)(h)
h = layers.MaxPooling2D(2)(h)
h = layers.ReLU()(h)
h = layers.Flatten()(h)
h = layers.Dense(32, activation="relu")(h)
outputs = layers.Dense(len(COVER), activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])

order = np.arange(len(x_train))
shuffler = np.random.default_rng(1)
for epoch in range(10):
    shuffler.shuffle(order)
    model.reset_metrics()
    for start in range(0, len(order), 60):
        pick = order[start:start + 60]
        loss, accuracy = model.train_on_batch(x_train[pick], y_train[pick])
    print(f"epoch {epoch + 1}: loss {loss:.4f}  accuracy {accuracy:.4f}", flush=True)

guess = model.predict(x_test, verbose=0).argmax(1)
for k, name in enumerate(COVER):
    print(f"{name:7s} {np.mean(guess[y_test == k] == k):.3f}")
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == y_test):.6f}")
