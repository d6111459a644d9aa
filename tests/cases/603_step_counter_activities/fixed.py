import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

ACTIVITIES = ["walk", "run", "stairs", "cycle", "rest"]
CADENCE = [1.8, 2.7, 1.5, 1.2, 0.3]
POWER = [1.0, 1.8, 1.0, 0.8, 0.1]
WINDOW = 96


def make_windows(n):
    label = rng.integers(0, len(ACTIVITIES), n)
    t = np.arange(WINDOW) / 32.0
    out = np.zeros((n, WINDOW, 3), "float32")
    for i, c in enumerate(label):
        f = CADENCE[c] * rng.normal(1.0, 0.1)
        phase = rng.uniform(0, 2 * np.pi)
        a = POWER[c] * rng.normal(1.0, 0.2)
        up = a * np.sin(2 * np.pi * f * t + phase)
        up += 0.4 * a * np.sin(4 * np.pi * f * t + phase * 1.3)
        side = 0.5 * a * np.sin(np.pi * f * t + phase)
        fwd = (0.7 if c == 2 else 0.3) * a * np.cos(2 * np.pi * f * t + phase)
        out[i] = np.stack([up, side, fwd], -1) + rng.normal(0, 0.6, (WINDOW, 3))
    return out, label


x_train, y_train = make_windows(2400)
x_val, y_val = make_windows(800)

BATCH = 64
EPOCHS = 24
steps_per_epoch = len(x_train) // BATCH

train = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
         .shuffle(2400, seed=0).batch(BATCH, drop_remainder=True).prefetch(2))
val = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(200)

model = keras.Sequential([
    layers.Input((WINDOW, 3)),
    layers.Conv1D(16, 7, activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(32, 5, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(len(ACTIVITIES), activation="softmax"),
])

schedule = keras.optimizers.schedules.ExponentialDecay(
    initial_learning_rate=2e-3,
    decay_steps=steps_per_epoch,
    decay_rate=1 / 1.25,
    staircase=True,
)

model.compile(
    optimizer=keras.optimizers.Adam(schedule),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(train, validation_data=val, epochs=EPOCHS, verbose=2)

loss, accuracy = model.evaluate(val, verbose=0)
print("epochs trained:", len(history.history["loss"]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
