"""Left hand, right hand or rest from eight EEG channels."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)

N, SAMPLES, CHANNELS = 1200, 128, 8
label = rng.integers(0, 3, N)
t = np.arange(SAMPLES) / 128.0
background = np.cumsum(rng.normal(size=(N, SAMPLES, CHANNELS)), axis=1)
background -= background.mean(axis=1, keepdims=True)
phase = rng.uniform(0, 2 * np.pi, (N, 1, 2))
mu = np.sin(2 * np.pi * 11.0 * t[None, :, None] + phase)
strength = np.array([[2.0, 6.0], [6.0, 2.0], [6.0, 6.0]])[label]
eeg = 1.5 * background
eeg[:, :, 2] += strength[:, None, 0] * mu[:, :, 0]
eeg[:, :, 5] += strength[:, None, 1] * mu[:, :, 1]
eeg = (eeg * 1e-6).astype("float32")

x = eeg * 1e6
x_train, y_train, x_test, y_test = x[:900], label[:900], x[900:], label[900:]

model = keras.Sequential([
    keras.Input((SAMPLES, CHANNELS)),
    layers.Conv1D(8, 31, padding="same", use_bias=False),
    layers.BatchNormalization(),
    layers.Conv1D(16, 1, use_bias=False),
    layers.BatchNormalization(),
    layers.Activation("elu"),
    layers.AveragePooling1D(4),
    layers.Conv1D(16, 9, padding="same", use_bias=False),
    layers.BatchNormalization(),
    layers.Activation("elu"),
    layers.GlobalMaxPooling1D(),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, validation_split=0.1, epochs=10, batch_size=32, verbose=2)

loss, acc = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
