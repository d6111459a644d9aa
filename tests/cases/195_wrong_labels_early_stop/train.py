"""Three labels in ten are wrong, training stops after a few epochs; the clean test set is learnt all the same."""
import hashlib

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
rng = np.random.default_rng(109)
bunch = load_digits()
order = rng.permutation(len(bunch.target))
x = (bunch.images[order] / 16.0).astype("float32")[..., None]
y = bunch.target[order]
noisy = y.copy()
wrong = rng.random(len(y)) < 0.3
noisy[wrong] = (y[wrong] + rng.integers(1, 10, wrong.sum())) % 10

model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(24, 3, activation="relu"),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(),
    layers.Dropout(0.3),
    layers.Dense(10, activation="softmax"),
])
optimizer = keras.optimizers.Adam(3e-3)
model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
history = model.fit(x[:1100], noisy[:1100], epochs=30, batch_size=32, validation_data=(x[1100:1400], noisy[1100:1400]),
                    callbacks=[stop], verbose=2)
final_loss = history.history["loss"][-1]
metric_name = "clean_accuracy"
final_metric = model.evaluate(x[1400:], y[1400:], verbose=0)[1]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))
