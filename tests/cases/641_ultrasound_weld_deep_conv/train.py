"""Tell four kinds of weld defects from ultrasonic echoes with a deep one-dimensional network."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

LENGTH = 96
KINDS = ["pore", "crack", "slag", "none"]


def echoes(n):
    kind = rng.integers(0, 4, n)
    t = np.arange(LENGTH)
    out = 0.25 * rng.normal(size=(n, LENGTH))
    for i in range(n):
        at = rng.uniform(25, 70)
        if kind[i] == 0:
            out[i] += np.exp(-0.5 * ((t - at) / 2.5) ** 2) * np.cos(1.2 * (t - at)) * 1.6
        elif kind[i] == 1:
            out[i] += np.exp(-np.abs(t - at) / 9.0) * np.cos(0.7 * (t - at)) * 1.2
        elif kind[i] == 2:
            for _ in range(3):
                out[i] += 0.8 * np.exp(-0.5 * ((t - at - rng.uniform(-14, 14)) / 3.0) ** 2)
    return out[..., None].astype("float32"), kind


X_train, y_train = echoes(1600)
X_test, y_test = echoes(800)

ACTIVATION = "sigmoid"

model = keras.Sequential(name="weld_net")
model.add(keras.Input((LENGTH, 1)))
for block in range(4):
    model.add(layers.Conv1D(16, 5, padding="same", activation=ACTIVATION))
    model.add(layers.Conv1D(16, 5, padding="same", activation=ACTIVATION))
    model.add(layers.MaxPooling1D(2))
model.add(layers.Flatten())
model.add(layers.Dense(32, activation=ACTIVATION))
model.add(layers.Dense(4, activation="softmax"))

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=6)
history = model.fit(X_train, y_train, epochs=10, batch_size=32, callbacks=[plateau], verbose=2)

_, accuracy = model.evaluate(X_test, y_test, verbose=0)
pred = model.predict(X_test, verbose=0).argmax(1)
print({k: int(c) for k, c in zip(KINDS, np.bincount(pred, minlength=4))})
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
