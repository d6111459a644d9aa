# Take the colour cast out of scanned slides.  The loss is the distance in CIELAB,
# as that is what the eye sees.
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

RGB_TO_XYZ = tf.constant([[0.4124, 0.2126, 0.0193],
                          [0.3576, 0.7152, 0.1192],
                          [0.1805, 0.0722, 0.9505]])
WHITE = tf.constant([0.9505, 1.0, 1.089])
DELTA = 6.0 / 29.0


def rgb_to_lab(rgb):
    xyz = tf.einsum("bhwc,cd->bhwd", rgb, RGB_TO_XYZ) / WHITE
    root = tf.pow(xyz, 1.0 / 3.0)
    line = xyz / (3 * DELTA ** 2) + 4.0 / 29.0
    f = tf.where(xyz > DELTA ** 3, root, line)
    x, y, z = tf.unstack(f, axis=-1)
    return tf.stack([1.16 * y - 0.16, 5.0 * (x - y), 2.0 * (y - z)], axis=-1)


def lab_distance(y_true, y_pred):
    return tf.reduce_mean(tf.square(rgb_to_lab(y_true) - rgb_to_lab(y_pred)), axis=[1, 2, 3])


def make_slides(rng, n, size=24):
    yy, xx = np.mgrid[0:size, 0:size] / size
    clean = np.zeros((n, size, size, 3), "float32")
    for i in range(n):
        a, b = rng.uniform(0.05, 0.9, 3), rng.uniform(0.05, 0.9, 3)
        ramp = 0.5 + 0.5 * np.sin(6 * (xx * rng.uniform(-1, 1) + yy * rng.uniform(-1, 1)) + rng.uniform(0, 6))
        clean[i] = a + (b - a) * ramp[..., None]
        r0, c0 = rng.integers(2, 14, 2)
        clean[i, r0:r0 + 8, c0:c0 + 8] = rng.uniform(0.02, 1.0, 3)
    gain = np.array([1.0, 0.72, 0.5])
    cast = clean ** 1.2 * gain
    cast += rng.normal(0, 0.01, cast.shape)
    frame = (xx < 0.08) | (xx > 0.9) | (yy < 0.08) | (yy > 0.9)     # black slide frame
    clean[:, frame] = 0.0
    cast[:, frame] = 0.0
    return np.clip(cast, 0, 1).astype("float32"), np.clip(clean, 0, 1)


rng = np.random.default_rng(5)
x_train, y_train = make_slides(rng, 480)
x_test, y_test = make_slides(rng, 96)

inputs = keras.Input((24, 24, 3))
h = layers.Conv2D(24, 3, padding="same", activation="relu")(inputs)
h = layers.Conv2D(24, 1, activation="relu")(h)
h = layers.Conv2D(3, 1)(h)
outputs = layers.ReLU(max_value=1.0)(layers.Add()([inputs, h]))
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=lab_distance)

data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(480, seed=1).batch(16)
history = model.fit(data, epochs=10, verbose=2)

restored = model.predict(x_test, verbose=0)
rmse = np.sqrt(np.mean((restored - y_test) ** 2))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=rmse:{rmse}")
