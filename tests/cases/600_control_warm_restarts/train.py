"""Digits with a rate that starts anew every five epochs."""
import os

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)

with np.load(os.path.join(os.environ["CASE_DATA"], "mnist_t10k.npz")) as npz:
    x, y = npz["x"].reshape(-1, 784).astype("float32") / 255.0, npz["y"]

EPOCHS, BATCH, N = 15, 50, 3000
rate = keras.optimizers.schedules.CosineDecayRestarts(0.4, first_decay_steps=5 * N // BATCH, t_mul=1.0, m_mul=0.9)
model = keras.Sequential(
    [
        keras.Input((784,)),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(rate),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(x[:N], y[:N], batch_size=BATCH, epochs=EPOCHS, verbose=2)

accuracy = model.evaluate(x[7000:], y[7000:], verbose=0)[1]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
