import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

# taxi pickups per quarter of an hour at a station, unix seconds and outside temperature
n = 4000
stamp = 1609459200 + rng.integers(0, 180 * 86400, n)
temperature = rng.normal(8, 7, n)
hour = (stamp % 86400) / 3600
day = (stamp // 86400 + 3) % 7
mean = (22 + 14 * np.sin((hour - 8) * np.pi / 12) + 8 * np.cos((hour - 18) * np.pi / 6)
        - 9 * (day >= 5) - 0.4 * temperature)
y = (mean + rng.normal(0, 3, n)).astype("float32")
cut = 3200


class Clock(layers.Layer):
    """Unix seconds (int64) to angles of the day and the week."""

    def __init__(self, **kw):
        super().__init__(dtype="float32", autocast=False, **kw)

    def call(self, seconds):
        day = tf.cast(tf.math.floormod(seconds, 86400), tf.float32) / 86400.0
        week = tf.cast(tf.math.floormod(seconds, 7 * 86400), tf.float32) / (7 * 86400.0)
        angles = [2 * np.pi * k * day for k in (1, 2, 3)] + [2 * np.pi * k * week for k in (1, 2, 3, 7)]
        angles = tf.concat(angles, axis=-1)
        return tf.concat([tf.sin(angles), tf.cos(angles)], axis=-1)


when = keras.Input((1,), dtype="int64", name="when")
temp = keras.Input((1,), name="temperature")
h = layers.Concatenate()([Clock()(when), layers.Rescaling(0.1)(temp)])
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(24, activation="relu")(h)
out = layers.Dense(1, bias_initializer=keras.initializers.Constant(float(y[:cut].mean())))(h)
model = keras.Model([when, temp], out)

inputs = {"when": stamp[:, None], "temperature": temperature[:, None].astype("float32")}
train_in = {k: v[:cut] for k, v in inputs.items()}
test_in = {k: v[cut:] for k, v in inputs.items()}
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
hist = model.fit(train_in, y[:cut], epochs=30, batch_size=64, verbose=2)
r2 = r2_score(y[cut:], model.predict(test_in, verbose=0)[:, 0])


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
