"""Digits with cosine warm restarts: at every restart the loss jumps up, and comes down again."""

import hashlib

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
x, y = load_digits(return_X_y=True)
order = np.random.default_rng(8).permutation(len(x))
x, y = (x[order] / 16.0).astype("float32").reshape(-1, 8, 8, 1), y[order]

schedule = keras.optimizers.schedules.CosineDecayRestarts(0.12, first_decay_steps=88, t_mul=2.0, m_mul=0.9)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(10),
    ]
)
model.compile(
    keras.optimizers.SGD(schedule, momentum=0.8),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
hist = model.fit(x[:1400], y[:1400], epochs=14, batch_size=32, verbose=2)
_, accuracy = model.evaluate(x[1400:], y[1400:], verbose=0)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={hist.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
