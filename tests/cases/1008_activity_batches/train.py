"""Phone accelerometer windows -> activity (walking, upstairs, downstairs, sitting, standing, lying)."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
ACTIVITIES = {1: "walking", 2: "upstairs", 3: "downstairs", 4: "sitting", 5: "standing", 6: "lying"}
FREQ = {1: 2.0, 2: 1.5, 3: 2.6, 4: 0.2, 5: 0.2, 6: 0.2}
AMP = {1: 1.0, 2: 0.8, 3: 1.3, 4: 0.05, 5: 0.05, 6: 0.05}
TILT = {1: (0, 0, 1), 2: (0.2, 0, 0.9), 3: (-0.2, 0, 0.9), 4: (0.7, 0, 0.7), 5: (0, 0.1, 1), 6: (0, 1, 0)}


def record(rng, code, steps=64, hz=20.0):
    t = np.arange(steps) / hz
    f = FREQ[code] * rng.uniform(0.85, 1.15)
    ph = rng.uniform(0, 2 * np.pi, 3)
    wave = AMP[code] * np.stack([np.sin(2 * np.pi * f * t + p) for p in ph], -1)
    return wave + np.array(TILT[code]) + rng.normal(0, 0.25, (steps, 3))


def batches(seed, count, size=32):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        codes = rng.integers(1, 7, size)
        x = np.stack([record(rng, c) for c in codes]).astype("float32")
        y = codes.astype("int32")
        yield x, y


class ActivityNet(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.c1 = layers.Conv1D(16, 5, activation="relu")
        self.c2 = layers.Conv1D(32, 5, strides=2, activation="relu")
        self.pool = layers.GlobalAveragePooling1D()
        self.out = layers.Dense(classes, activation="softmax")

    def call(self, x):
        return self.out(self.pool(self.c2(self.c1(x))))


net = ActivityNet(len(ACTIVITIES))
net.compile(optimizer=keras.optimizers.Nadam(2e-3), loss="sparse_categorical_crossentropy")

loss = None
for step, (xb, yb) in enumerate(batches(1, 500)):
    loss = float(net.train_on_batch(xb, yb))
    if step % 100 == 0:
        print("step", step, "loss", loss)

hits = total = 0
for xb, yb in batches(2, 30):
    hits += int(np.sum(net.predict_on_batch(xb).argmax(-1) == yb))
    total += len(yb)
print(f"FINAL_LOSS={loss:.6f}")
print(f"FINAL_METRIC=accuracy:{hits / total:.6f}")
