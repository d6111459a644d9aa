"""State of ward patients (three classes) from vitals that are measured at irregular times over two days."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)

N_OBS, HOURS = 14, 48.0


def patients(n):
    state = rng.integers(0, 3, n)
    times = np.sort(rng.uniform(0, HOURS, (n, N_OBS)), axis=1)
    short = rng.random(n) < 0.15
    times[short] *= 0.6
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    slope = np.array([-0.04, 0.0, 0.04])[state][:, None]
    swing = np.array([0.3, 1.0, 0.3])[state][:, None]
    pulse = slope * (times - 24) + swing * np.sin(2 * np.pi * times / 16 + phase) + rng.normal(0, 0.25, times.shape)
    temp = 0.5 * slope * (times - 24) + rng.normal(0, 0.3, times.shape)
    return times.astype("float32"), np.stack([pulse, temp], -1).astype("float32"), state


class KernelGrid(layers.Layer):
    """Puts irregular observations on an even grid by a weighted mean with a Gaussian kernel of learnt width."""

    def __init__(self, points, **kw):
        super().__init__(**kw)
        self.grid = tf.linspace(0.0, HOURS, points)

    def build(self, shapes):
        self.log_alpha = self.add_weight(shape=(), initializer=keras.initializers.Constant(-0.7), name="log_alpha")

    def call(self, inputs):
        times, values = inputs
        gap = self.grid[None, :, None] - times[:, None, :]
        w = tf.nn.softmax(-tf.exp(self.log_alpha) * tf.square(gap), axis=-1)
        return tf.matmul(w, values)


t_train, v_train, s_train = patients(4000)
t_test, v_test, s_test = patients(1000)

t_in = keras.Input((N_OBS,))
v_in = keras.Input((N_OBS, 2))
h = KernelGrid(24)([t_in, v_in])
h = layers.Conv1D(24, 5, padding="same", activation="relu")(h)
h = layers.MaxPooling1D(2)(h)
h = layers.Conv1D(24, 3, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model([t_in, v_in], layers.Dense(3, activation="softmax")(h))
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit([t_train, v_train], s_train, epochs=7, batch_size=64, verbose=2)

pred = model.predict([t_test, v_test], verbose=0).argmax(1)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{float(np.mean(pred == s_test))}")
