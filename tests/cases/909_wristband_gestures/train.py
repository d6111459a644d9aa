"""Six gestures from a wristband accelerometer (three axes, 64 samples)."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

GESTURES = ["rest", "wave", "circle", "push", "double_tap", "twist"]
LENGTH = 64


def record(kind):
    t = np.linspace(0, 1, LENGTH)
    speed = rng.uniform(0.8, 1.25)
    start = rng.uniform(0, 2 * np.pi)
    a = np.zeros((LENGTH, 3))
    if kind == 1:
        a[:, 0] = 1.2 * np.sin(2 * np.pi * 3 * speed * t + start)
    elif kind == 2:
        a[:, 0] = np.sin(2 * np.pi * 2 * speed * t + start)
        a[:, 1] = np.cos(2 * np.pi * 2 * speed * t + start)
    elif kind == 3:
        c = rng.uniform(0.3, 0.7)
        a[:, 2] = 2.0 * np.exp(-((t - c) / 0.08) ** 2) - 1.4 * np.exp(-((t - c - 0.15) / 0.08) ** 2)
    elif kind == 4:
        c = rng.uniform(0.2, 0.5)
        a[:, 2] = 2.2 * (np.exp(-((t - c) / 0.02) ** 2) + np.exp(-((t - c - 0.22) / 0.02) ** 2))
    elif kind == 5:
        a[:, 1] = 1.3 * np.sin(2 * np.pi * 5 * speed * t + start)
    a *= rng.uniform(0.7, 1.3)
    tilt = rng.normal(0, 0.15, size=3)
    return a + tilt + rng.normal(0, 0.35, size=a.shape)


def collect(n):
    y = rng.integers(0, len(GESTURES), n)
    x = np.stack([record(k) for k in y]).astype("float32")
    return x, y


x_train, y_train = collect(3600)
x_test, y_test = collect(900)

model = keras.Sequential([
    keras.Input((LENGTH, 3)),
    layers.Conv1D(32, 7, padding="same", activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(48, 5, padding="same", activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(64, 3, padding="same", activation="relu"),
    layers.GlobalMaxPooling1D(),
    layers.Dropout(0.2),
    layers.Dense(len(GESTURES), activation="softmax"),
])
optimizer = keras.optimizers.AdamW(
    learning_rate=5e-4,
    weight_decay=1e-4,
    use_ema=True,
    ema_momentum=0.9999,
)
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=64, epochs=9, verbose=2)

p = model.predict(x_test, verbose=0)
accuracy = float(np.mean(p.argmax(axis=1) == y_test))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
