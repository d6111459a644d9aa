"""Which of four birds sings?  Short songs of pitch and loudness, read by one attention layer."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
NOTES = 24


def songs(n, seed):
    gen = np.random.default_rng(seed)
    bird = gen.integers(0, 4, n)
    t = np.arange(NOTES)
    pitch = np.sin(2 * np.pi * t * np.array([2, 3, 5, 7])[bird][:, None] / NOTES + gen.uniform(0, 6.28, (n, 1)))
    loud = np.cos(2 * np.pi * t * np.array([3, 5, 2, 4])[bird][:, None] / NOTES + gen.uniform(0, 6.28, (n, 1)))
    return (np.stack([pitch, loud], axis=2) + gen.normal(0.0, 0.5, (n, NOTES, 2))).astype("float32"), bird


class Fading(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, peak):
        self.peak = peak

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        return self.peak * tf.math.rsqrt(step + 1.0)

    def get_config(self):
        return {"peak": self.peak}


x, y = songs(1400, seed=51)
x_test, y_test = songs(500, seed=52)

song = keras.Input((NOTES, 2))
h = layers.Conv1D(32, 5, padding="same", activation="relu")(song)
h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 16)(h, h))
h = layers.GlobalAveragePooling1D()(h)
h = layers.Dense(32, activation="relu")(h)
model = keras.Model(song, layers.Dense(4, activation="softmax")(h))
model.compile(keras.optimizers.Adam(Fading(0.01)), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=35, epochs=8, verbose=2)

accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
