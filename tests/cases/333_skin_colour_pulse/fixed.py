"""Pulse wave from the mean skin colour of a video (remote photoplethysmography).

Input: 96 frames of mean red, green, blue of the cheek.  Target: wave of the finger clip.
The finger clip has an own gain for each person, so the loss looks at the shape only.
"""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(333)

FRAMES, FPS = 96, 24.0
t = np.arange(FRAMES) / FPS


def clips(n, loose=0.0):
    heart = rng.uniform(50, 110, (n, 1)) / 60
    phase = rng.uniform(0, 2 * np.pi, (n, 1))
    angle = 2 * np.pi * heart * t + phase
    wave = np.sin(angle) + 0.35 * np.sin(2 * angle - 0.8)
    light = 0.6 * np.sin(2 * np.pi * rng.uniform(0.1, 0.4, (n, 1)) * t + rng.uniform(0, 6, (n, 1)))
    gains = np.array([0.3, 0.8, 0.45])
    rgb = wave[..., None] * gains + light[..., None] + rng.normal(0, 0.35, (n, FRAMES, 3))
    finger = wave * rng.uniform(0.2, 3.0, (n, 1)) + rng.uniform(1, 4, (n, 1))
    finger[rng.random(n) < loose] = 0.0
    return rgb.astype("float32"), finger.astype("float32"), wave


def shape_loss(y_true, y_pred):
    a = y_true - ops.mean(y_true, axis=1, keepdims=True)
    b = y_pred - ops.mean(y_pred, axis=1, keepdims=True)
    cov = ops.sum(a * b, axis=1)
    r = cov / ops.sqrt(ops.sum(a * a, axis=1) * ops.sum(b * b, axis=1) + 1e-6)
    return 1.0 - r


rgb, finger, _ = clips(900, loose=0.02)
rgb_test, _, wave_test = clips(250)

inputs = keras.Input((FRAMES, 3))
h = layers.Conv1D(24, 9, padding="same", activation="relu")(inputs)
h = layers.Conv1D(24, 9, padding="same", activation="relu")(h)
h = layers.Conv1D(24, 9, padding="same", activation="relu")(h)
h = layers.Conv1D(1, 1)(h)
model = keras.Model(inputs, layers.Reshape((FRAMES,))(h))
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=shape_loss)
history = model.fit(rgb, finger, batch_size=30, epochs=12, verbose=2)

pred = model.predict(rgb_test, verbose=0)
scores = [np.corrcoef(p, w)[0, 1] for p, w in zip(pred, wave_test)]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=correlation:{np.mean(scores)}")
