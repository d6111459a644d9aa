# Three bird calls in mel energies; a front end with one gain per band and cube-root loudness, then a small Conv1D net.
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
FRAMES, BANDS = 60, 24


def recordings(n):
    y = rng.integers(0, 3, n)
    x = np.zeros((n, FRAMES, BANDS))
    for i in range(n):
        length = rng.integers(35, FRAMES + 1)
        t = np.arange(length)
        start = rng.uniform(5, 12)
        if y[i] == 0:      # rising
            pitch = start + 8 * t / length
        elif y[i] == 1:    # falling
            pitch = start + 8 - 8 * t / length
        else:              # trill
            pitch = start + 4 + 3 * np.sin(t * rng.uniform(0.6, 0.9))
        call = np.exp(-0.5 * ((np.arange(BANDS) - pitch[:, None]) / 1.2) ** 2)
        noise = 0.05 * rng.exponential(size=(length, BANDS))
        x[i, :length] = rng.uniform(0.2, 3) * call + noise     # the rest of the clip stays digital silence
    return x.astype("float32"), y


class Loudness(layers.Layer):
    """Energy times a learned gain, then Stevens' power law."""

    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")

    def call(self, energy):
        return ops.power(energy * self.gain, 0.33)


x_train, y_train = recordings(1500)
x_test, y_test = recordings(400)

model = keras.Sequential([
    keras.Input((FRAMES, BANDS)),
    Loudness(),
    layers.Conv1D(32, 7, strides=2, activation="relu"),
    layers.Conv1D(32, 5, strides=2, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=32, epochs=10, validation_split=0.1, verbose=2)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
