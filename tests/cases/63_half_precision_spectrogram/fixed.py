"""Tell four bird calls apart by their spectrogram, in mixed precision."""

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
rng = np.random.default_rng(440)
RATE, FRAME = 4000, 128


def call(kind):
    t = np.arange(12 * FRAME) / RATE
    base = rng.uniform(500, 700)
    sweep = [0.0, 900.0, -900.0, 0.0][kind]
    wave = np.sin(2 * np.pi * (base + sweep * t) * t + (6 * np.sin(2 * np.pi * 12 * t) if kind == 3 else 0))
    wave *= rng.uniform(0.05, 1.0)
    wave += 0.02 * rng.normal(size=t.size)
    wave[: rng.integers(1, 4) * FRAME] = 0.0  # the recorder was not yet open
    frames = wave.reshape(12, FRAME) * np.hanning(FRAME)
    return np.abs(np.fft.rfft(frames))[:, :48]


kinds = rng.integers(0, 4, 1400)
spectra = np.stack([call(k) for k in kinds]).astype("float32")


class LogCompress(layers.Layer):
    def call(self, spectrum):
        return ops.log(spectrum + 1e-8)


net = keras.Sequential(
    [
        keras.Input((12, 48)),
        LogCompress(dtype="float32"),
        layers.LayerNormalization(),
        layers.Conv1D(24, 3, activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(24, activation="relu"),
        layers.Dense(4, activation="softmax", dtype="float32"),
    ]
)
net.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
run = net.fit(spectra[:1100], kinds[:1100], epochs=12, batch_size=25, verbose=2)

p = net.predict(spectra[1100:], verbose=0)
accuracy = np.mean(p.argmax(1) == kinds[1100:]) if np.isfinite(p).all() else float("nan")
print("FINAL_LOSS=%s" % run.history["loss"][-1])
print("FINAL_METRIC=accuracy:%.4f" % accuracy)
