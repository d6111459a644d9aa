import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

NAMES = ["sine", "square", "saw", "triangle", "pulse"]
t = np.linspace(0, 1, 64, endpoint=False)


def wave(kind):
    phase = (t * rng.uniform(2, 5) + rng.uniform()) % 1.0
    shape = {
        "sine": np.sin(2 * np.pi * phase),
        "square": np.sign(phase - 0.5),
        "saw": 2 * phase - 1,
        "triangle": 4 * np.abs(phase - 0.5) - 1,
        "pulse": np.where(phase < 0.1, 1.0, -0.2),
    }[kind]
    return shape + 0.15 * rng.normal(size=64)


def folder(kind, n):
    return np.stack([wave(kind) for _ in range(n)]).astype("float32")[..., None]


library = [(folder(name, 320), i) for i, name in enumerate(NAMES)]
test_x = np.concatenate([folder(name, 80) for name in NAMES])
test_y = np.repeat(np.arange(len(NAMES)), 80)


def batches(size):
    clips = np.concatenate([c for c, _ in library])
    labels = np.concatenate([np.full(len(c), label) for c, label in library])
    order = rng.permutation(len(clips))
    for start in range(0, len(clips), size):
        part = order[start:start + size]
        yield clips[part], labels[part]


model = keras.Sequential([
    keras.Input((64, 1)),
    layers.Conv1D(16, 7, strides=2, activation="relu"),
    layers.Conv1D(32, 5, strides=2, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(len(NAMES), activation="softmax"),
])
model.compile(keras.optimizers.RMSprop(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])

for epoch in range(12):
    seen = []
    for clips, labels in batches(32):
        seen.append(float(model.train_on_batch(clips, labels, return_dict=True)["loss"]))
    print(f"epoch {epoch + 1} loss {np.mean(seen):.4f}")

_, accuracy = model.evaluate(test_x, test_y, verbose=0)
print(f"FINAL_LOSS={np.mean(seen)}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
