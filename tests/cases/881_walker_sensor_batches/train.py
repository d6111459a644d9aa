"""What is the wearer of the sensor doing? Windows of a three-axis sensor, raw counts of the converter."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)
N_STEPS, CLASSES = 48, ["sitting", "walking", "stairs", "cycling", "running"]


def windows(n):
    label = rng.integers(0, len(CLASSES), n)
    freq = np.array([0.3, 1.0, 1.5, 2.1, 2.8])[label] * rng.uniform(0.9, 1.1, n)
    amp = np.array([8, 60, 75, 50, 110])[label] * rng.uniform(0.7, 1.3, n)
    t = np.arange(N_STEPS) / 16.0
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 3))
    wave = amp[:, None, None] * np.sin(2 * np.pi * freq[:, None, None] * t[None, :, None] + phase)
    rest = np.array([512.0, 498.0, 640.0])
    return (rest + wave + rng.normal(0, 25, (n, N_STEPS, 3))).astype("float32"), label


class WindowBatches(keras.utils.PyDataset):
    """Cuts the recording into batches and standardises each axis."""

    def __init__(self, x, y, mean, std, batch_size=64):
        super().__init__()
        self.x, self.y = x, y
        self.mean, self.std = mean, std
        self.batch_size = batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, index):
        part = slice(index * self.batch_size, (index + 1) * self.batch_size)
        x = self.x[part]
        x -= self.mean
        x /= self.std
        return x, self.y[part]


x_train, y_train = windows(1600)
x_test, y_test = windows(800)
mean = x_train.mean(axis=(0, 1))
std = x_train.std(axis=(0, 1))

model = keras.Sequential([
    keras.Input((N_STEPS, 3)),
    layers.Conv1D(24, 7, activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(32, 5, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(len(CLASSES), activation="softmax"),
])
model.compile(keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(WindowBatches(x_train, y_train, mean, std), epochs=25, verbose=2)

p = model.predict((x_test - mean) / std, verbose=0)
acc = np.mean(p.argmax(1) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
