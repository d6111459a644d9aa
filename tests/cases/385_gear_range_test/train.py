"""Gear box faults from vibration windows. A learning rate range test is run first,
then the network is put back to its first weights and trained."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

LENGTH = 256
CLASSES = ["healthy", "chipped tooth", "worn bearing", "misaligned"]


def make_windows(n, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(LENGTH) / 1024.0
    y = rng.integers(0, 4, n)
    x = np.empty((n, LENGTH, 1), "float32")
    for i in range(n):
        f = rng.uniform(24, 30)
        s = np.sin(2 * np.pi * f * 4 * t + rng.uniform(0, 6.28))
        if y[i] == 1:        # one knock in each turn
            phase = (f * t + rng.uniform()) % 1.0
            s += 2.0 * np.exp(-phase * 25) * np.sin(2 * np.pi * 300 * t)
        elif y[i] == 2:
            s += 0.8 * np.sin(2 * np.pi * 190 * t) * (1 + np.sin(2 * np.pi * f * 0.4 * t))
        elif y[i] == 3:
            s += 1.0 * np.sin(2 * np.pi * 2 * f * t + rng.uniform(0, 6.28))
        x[i, :, 0] = s + rng.normal(0, 0.3, LENGTH)
    return x, y


class RangeTest(keras.callbacks.Callback):
    """raises the rate geometrically from batch to batch and writes down the loss"""

    def __init__(self, low, high, steps):
        super().__init__()
        self.rates = np.geomspace(low, high, steps)
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        step = min(len(self.losses), len(self.rates) - 1)
        self.model.optimizer.learning_rate = self.rates[step]

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])


x_train, y_train = make_windows(1400, seed=61)
x_test, y_test = make_windows(500, seed=62)

model = keras.Sequential([
    keras.Input((LENGTH, 1)),
    layers.Conv1D(16, 9, strides=2, activation="relu"),
    layers.Conv1D(24, 9, strides=2, activation="relu"),
    layers.Conv1D(32, 5, strides=2, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])

start = model.get_weights()
test = RangeTest(1e-5, 1.0, steps=len(x_train) // 32 + 1)
model.fit(x_train, y_train, batch_size=32, epochs=1, callbacks=[test], verbose=0)
for rate, loss in list(zip(test.rates, test.losses))[::6]:
    print(f"rate {rate:.1e}  loss {loss:.3f}")
model.set_weights(start)

history = model.fit(x_train, y_train, batch_size=32, epochs=10, validation_split=0.1, verbose=2)

predicted = np.argmax(model.predict(x_test, verbose=0), axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(predicted == y_test)}")
