"""Sort small telescope cut-outs (single star, double star, ring, empty sky).
The camera delivers photon counts with the dark level already taken off."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)

SIZE = 16
SKY = 12.0
DARK = 4.0


def make_cutouts(n, seed):
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE].astype("float64")
    images = np.empty((n, SIZE, SIZE, 1), "float32")
    labels = rng.integers(0, 4, n)
    for k, label in enumerate(labels):
        cx, cy = rng.uniform(5.5, 9.5, 2)
        rate = np.full((SIZE, SIZE), SKY + DARK)
        r = np.hypot(xx - cx, yy - cy)
        if label == 0:
            rate += 45 * np.exp(-r ** 2 / 4.5)
        elif label == 1:
            phi = rng.uniform(0, np.pi)
            for s in (-2.3, 2.3):
                d = np.hypot(xx - cx - s * np.cos(phi), yy - cy - s * np.sin(phi))
                rate += 30 * np.exp(-d ** 2 / 3.0)
        elif label == 2:
            rate += 24 * np.exp(-(r - 4.0) ** 2 / 1.5)
        images[k, :, :, 0] = rng.poisson(rate) - DARK
    return images, labels


def build():
    counts = keras.Input((SIZE, SIZE, 1), name="counts")
    # variance stabilising transform for Poisson counts (Anscombe)
    x = 2.0 * ops.sqrt(ops.maximum(counts + 0.375, 0.01))
    x = layers.Rescaling(0.25, offset=-1.75)(x)
    x = layers.Conv2D(12, 3, padding="same", activation="gelu")(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="gelu")(x)
    x = layers.Conv2D(24, 3, strides=2, padding="same", activation="gelu")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.2)(x)
    return keras.Model(counts, layers.Dense(4, activation="softmax")(x))


x_train, y_train = make_cutouts(1600, seed=1)
x_test, y_test = make_cutouts(600, seed=2)

train = tf.data.Dataset.from_tensor_slices((x_train, y_train))
train = train.shuffle(1600, seed=0).batch(32).prefetch(1)
test = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(100)

model = build()
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=8, validation_data=test, verbose=2)

predicted = np.argmax(model.predict(test, verbose=0), axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(predicted == y_test)}")
