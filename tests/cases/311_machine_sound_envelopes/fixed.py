import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(311)

rate, seconds, n = 4000, 1, 2400
t = np.arange(rate * seconds) / rate
states = ["steady", "starting", "stopping", "knocking"]


def record(state):
    if state == 0:
        envelope = np.ones_like(t)
    elif state == 1:
        envelope = 0.2 + 0.8 * t
    elif state == 2:
        envelope = 1.0 - 0.8 * t
    else:
        envelope = 0.3 + 0.7 * (np.sin(2 * np.pi * rng.uniform(3, 5) * t + rng.uniform(0, 6)) > 0.3)
    tone = np.sin(2 * np.pi * rng.uniform(90, 400) * t + rng.uniform(0, 6))
    sound = envelope * (tone + 0.4 * rng.normal(size=t.size)) * rng.uniform(9000, 16000)
    return np.clip(sound, -32768, 32767).astype(np.int16)


label = rng.integers(0, 4, n)
clips = np.stack([record(s) for s in label])
print("clips", clips.shape, clips.dtype, "loudest sample", clips.max())

frames = clips.reshape(n, 25, -1).astype("float32")
energy = np.mean(frames ** 2, axis=-1)
energy = energy / energy.max(axis=1, keepdims=True)
energy = energy.astype("float32")[..., None]

cut = 2000
mean, std = energy[:cut].mean(), energy[:cut].std()
energy = (energy - mean) / std

model = keras.Sequential([
    keras.Input((25, 1)),
    layers.Conv1D(8, 5, padding="same", activation="relu"),
    layers.Conv1D(8, 5, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(12, activation="relu"),
    layers.Dropout(0.3),
    layers.Dense(4),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(energy[:cut], label[:cut], epochs=14, batch_size=32, verbose=2,
                    validation_data=(energy[cut:], label[cut:]))

guess = model.predict(energy[cut:], verbose=0).argmax(1)
acc = np.mean(guess == label[cut:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
