"""Forecast the next sample of a vibration signal from the last 60, windows from a generator."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)
n = 4000
ticks = np.arange(n)
signal = np.sin(ticks * 0.21) + 0.5 * np.sin(ticks * 0.047 + 1) + 0.1 * rng.normal(size=n)
signal = (30.0 * signal).astype("float32")  # micrometres
signal = (signal - signal[:3200].mean()) / signal[:3200].std()
WINDOW = 60


def windows(start, stop, step=4):
    def generate():
        for i in range(start, stop - WINDOW, step):
            yield signal[i : i + WINDOW, None], signal[i + WINDOW : i + WINDOW + 1]

    spec = (tf.TensorSpec((WINDOW, 1), tf.float32), tf.TensorSpec((1,), tf.float32))
    return tf.data.Dataset.from_generator(generate, output_signature=spec)


train = windows(0, 3200).shuffle(1200, seed=3).batch(32)
valid = windows(3200, 4000).batch(32)

rnn = keras.Sequential(
    [
        keras.Input((WINDOW, 1)),
        keras.layers.LSTM(48, activation="tanh", return_sequences=True),
        keras.layers.LSTM(48, activation="tanh"),
        keras.layers.Dense(1),
    ]
)
rnn.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9), loss="mse")
log = rnn.fit(train, validation_data=valid, epochs=7, verbose=2)

truth = np.concatenate([t.numpy() for _, t in valid])
guess = rnn.predict(valid, verbose=0)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - truth) ** 2) / np.var(truth)}")
