"""Wheeze or no wheeze in a breath recording: one output per class, softmax."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(90)

FRAMES, BINS = 30, 20


def breaths(n):
    wheeze = rng.integers(0, 2, n)
    spec = rng.gamma(2.0, 0.5, size=(n, FRAMES, BINS))
    for i in np.where(wheeze)[0]:
        start, width = rng.integers(0, 15), rng.integers(8, 15)
        tone = rng.integers(6, 17)
        spec[i, start:start + width, tone] += rng.uniform(0.8, 2.0)
    return np.log1p(spec).astype("float32"), wheeze


X_train, y_train = breaths(1800)
X_test, y_test = breaths(600)
mean, std = X_train.mean(), X_train.std()
X_train, X_test = (X_train - mean) / std, (X_test - mean) / std

train_ds = tf.data.Dataset.from_tensor_slices((X_train, y_train)).shuffle(1800, seed=2).batch(40)
test_ds = tf.data.Dataset.from_tensor_slices((X_test, y_test)).batch(200)

model = keras.Sequential([
    keras.Input((FRAMES, BINS)),
    layers.Reshape((FRAMES, BINS, 1)),
    layers.Conv2D(16, (7, 3), activation="relu"),
    layers.Conv2D(16, (5, 3), activation="relu"),
    layers.GlobalMaxPooling2D(),
    layers.Dense(2, activation="softmax"),
])
model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(train_ds, epochs=10, verbose=2)

_, accuracy = model.evaluate(test_ds, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
