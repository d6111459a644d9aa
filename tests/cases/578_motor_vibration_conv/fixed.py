"""State of a bearing from a short stretch of its acceleration signal (in millivolts)."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


def stretches(n, seed, length=128):
    gen = np.random.default_rng(seed)
    state = gen.integers(0, 4, n)
    t = np.arange(length)
    pitch = np.array([0.05, 0.09, 0.14, 0.2])[state][:, None] * gen.uniform(0.92, 1.08, (n, 1))
    wave = np.sin(2 * np.pi * (pitch * t + gen.uniform(0, 1, (n, 1))))
    signal = 40.0 + 25.0 * wave + gen.normal(0.0, 30.0, (n, length))
    return signal[..., None].astype("float32"), state


x, y = stretches(800, seed=1)
x_val, y_val = stretches(600, seed=2)

h = bearing = keras.Input((128, 1))
for filters in (16, 32):
    h = layers.Conv1D(filters, 7, padding="same", use_bias=False)(h)
    h = layers.BatchNormalization(momentum=0.9)(h)
    h = layers.Activation("relu")(h)
    h = layers.MaxPooling1D(2)(h)
h = layers.GlobalAveragePooling1D()(h)
model = keras.Model(bearing, layers.Dense(4, activation="softmax")(h))
model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=40, epochs=12, validation_data=(x_val, y_val), verbose=2)

accuracy = model.evaluate(x_val, y_val, verbose=0)[1]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
