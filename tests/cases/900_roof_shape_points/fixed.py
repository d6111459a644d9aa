import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

N_POINTS = 128
ROOFS = ["flat", "gable", "hip", "dome"]


def roof(kind):
    a, b = rng.uniform(12, 20), rng.uniform(9, 14)
    u, v = rng.uniform(-1, 1, (2, N_POINTS))
    if kind == 0:
        z = np.zeros(N_POINTS)
    elif kind == 1:
        z = 1 - np.abs(v)
    elif kind == 2:
        z = np.minimum(1 - np.abs(v), 1.6 * (1 - np.abs(u)))
    else:
        z = np.sqrt(np.clip(1 - 0.5 * (u ** 2 + v ** 2), 0, None))
    z = z * rng.uniform(5, 8) + rng.uniform(6, 14) + rng.normal(0, 0.15, N_POINTS)
    turn = rng.uniform(-0.4, 0.4)
    x = a * u * np.cos(turn) - b * v * np.sin(turn)
    y = a * u * np.sin(turn) + b * v * np.cos(turn)
    return np.stack([x, y, z], axis=1)


def survey(n):
    """Airborne laser points of single roofs, UTM easting, northing, height in metres."""
    kind = rng.integers(0, 4, n)
    cloud = np.stack([roof(k) for k in kind])
    site = np.stack([rng.uniform(412_000, 428_000, n),
                     rng.uniform(305_000, 321_000, n),
                     rng.uniform(120, 480, n)], axis=1)
    return cloud + site[:, None, :], kind


x_train, y_train = survey(2400)
x_test, y_test = survey(600)


def prepare(cloud):
    cloud = cloud - cloud.mean(axis=1, keepdims=True)
    return (cloud / 15.0).astype("float32")


def shared(h, width):
    h = layers.Conv1D(width, 1)(h)
    h = layers.BatchNormalization()(h)
    return layers.Activation("relu")(h)


inp = layers.Input((N_POINTS, 3))
h = shared(inp, 32)
h = shared(h, 64)
h = shared(h, 128)
h = layers.GlobalMaxPooling1D()(h)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dropout(0.2)(h)
model = keras.Model(inp, layers.Dense(len(ROOFS), activation="softmax")(h))
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])

train_ds = (tf.data.Dataset.from_tensor_slices((prepare(x_train), y_train))
            .shuffle(2400, seed=0).batch(32).prefetch(2))
history = model.fit(train_ds, epochs=8, verbose=2)

pred = model.predict(prepare(x_test), verbose=0).argmax(1)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(pred == y_test):.4f}")
