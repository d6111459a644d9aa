# Who is speaking?  Small x-vector style network on filter bank frames.
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

N_SPEAKERS, N_FRAMES, N_BANDS = 6, 80, 20


class StatisticsPooling(layers.Layer):
    """Mean and standard deviation of every channel over the frames."""

    def call(self, frames):
        mean = tf.reduce_mean(frames, axis=1)
        spread = tf.math.reduce_std(frames, axis=1)
        return tf.concat([mean, spread], axis=-1)

    def compute_output_shape(self, shape):
        return (shape[0], 2 * shape[2])


def make_recordings(rng, n, tilt, wobble):
    who = rng.integers(0, N_SPEAKERS, n)
    t = np.arange(N_FRAMES)
    x = np.zeros((n, N_FRAMES, N_BANDS), "float32")
    for i, s in enumerate(who):
        pitch = np.sin(2 * np.pi * t / wobble[s] + rng.uniform(0, 6.28))
        base = tilt[s][None, :] + 0.8 * pitch[:, None] * np.roll(tilt[s], 3)[None, :]
        x[i] = base + rng.normal(0, 0.9, (N_FRAMES, N_BANDS))
        length = rng.integers(50, N_FRAMES + 1)       # shorter clips end in silence
        x[i, length:] = 0.0
    return x, who


rng = np.random.default_rng(3)
tilt = rng.normal(0, 0.45, (N_SPEAKERS, N_BANDS))
wobble = rng.uniform(8, 30, N_SPEAKERS)
x_train, y_train = make_recordings(rng, 1200, tilt, wobble)
x_test, y_test = make_recordings(rng, 400, tilt, wobble)

inputs = keras.Input((N_FRAMES, N_BANDS))
h = layers.Conv1D(48, 5, dilation_rate=1, activation="relu")(inputs)
h = layers.Conv1D(48, 3, dilation_rate=2, activation="relu")(h)
h = layers.Conv1D(64, 3, dilation_rate=3, activation="relu")(h)
h = StatisticsPooling()(h)
h = layers.Dense(48, activation="relu", name="embedding")(h)
outputs = layers.Dense(N_SPEAKERS, activation="softmax")(h)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, validation_data=(x_test, y_test),
                    epochs=6, batch_size=32, verbose=2)

scores = model.predict(x_test, verbose=0)
accuracy = np.mean(np.argmax(scores, axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
