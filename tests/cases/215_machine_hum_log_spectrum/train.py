"""Which of five machines hums? Short clips of unequal length, padded, turned into log spectra in tf.data."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
MACHINES, SAMPLES = 5, 1024
rng = np.random.default_rng(69)
tones = np.array([[0.03, 0.11], [0.05, 0.17], [0.07, 0.21], [0.03, 0.26], [0.09, 0.13]])


def clips(n):
    machine = rng.integers(0, MACHINES, n)
    t = np.arange(SAMPLES)
    drift = rng.normal(1.0, 0.02, (n, 1))
    sound = sum(np.sin(2 * np.pi * drift * tones[machine, k][:, None] * t + rng.uniform(0, 6, (n, 1))) for k in (0, 1))
    sound += rng.normal(0.0, 1.5, (n, SAMPLES))
    sound[t >= rng.integers(SAMPLES // 2, SAMPLES + 1, n)[:, None]] = 0.0
    return sound.astype("float32"), machine.astype("int32")


def log_spectrum(sound, machine):
    magnitude = tf.abs(tf.signal.stft(sound, frame_length=128, frame_step=64))
    return tf.math.log(magnitude), machine


x, y = clips(1500)
x_test, y_test = clips(500)
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1500, seed=7).batch(30).map(log_spectrum).prefetch(2)
test = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(100).map(log_spectrum)
model = keras.Sequential(
    [
        keras.Input((15, 65)),
        layers.Conv1D(32, 3, activation="gelu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(32, activation="gelu"),
        layers.Dense(MACHINES, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, epochs=12, verbose=2)

accuracy = model.evaluate(test, verbose=0, return_dict=True)["accuracy"]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
