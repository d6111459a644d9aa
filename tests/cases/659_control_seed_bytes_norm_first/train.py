"""Kinds of seed on raw camera bytes (0..255); the first layer is a batch normalisation, SGD with momentum."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(104)
SIZE = 20


def seeds(n):
    kind = rng.integers(0, 4, n)
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    out = np.empty((n, SIZE, SIZE, 3), "uint8")
    long_axis = np.array([7.0, 4.5, 6.0, 4.0])
    short_axis = np.array([3.0, 4.2, 2.0, 2.4])
    for i, k in enumerate(kind):
        angle = rng.uniform(0, np.pi)
        u, v = xx - SIZE / 2 + rng.normal(), yy - SIZE / 2 + rng.normal()
        a = u * np.cos(angle) + v * np.sin(angle)
        b = -u * np.sin(angle) + v * np.cos(angle)
        inside = (a / long_axis[k]) ** 2 + (b / short_axis[k]) ** 2 < 1
        base = np.array([205, 200, 190]) * rng.uniform(0.85, 1.1)
        body = np.array([120, 85, 50]) * rng.uniform(0.8, 1.2)
        picture = np.where(inside[..., None], body, base) + 12 * rng.normal(size=(SIZE, SIZE, 3))
        out[i] = picture.clip(0, 255).astype("uint8")
    return out, kind


X_train, y_train = seeds(1200)
X_test, y_test = seeds(500)
print("bytes", X_train.min(), X_train.max())

model = keras.Sequential([
    keras.Input((SIZE, SIZE, 3)),
    layers.BatchNormalization(),
    layers.Conv2D(16, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(24, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(4),
])
model.compile(
    optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(X_train.astype("float32"), y_train, epochs=12, batch_size=30, verbose=2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


_, accuracy = model.evaluate(X_test.astype("float32"), y_test, verbose=0)
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
