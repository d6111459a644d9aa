"""State of a compressor from three sensors, trained batch by batch as the log file is read."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


def log(n, seed):
    rng = np.random.default_rng(seed)
    state = rng.integers(0, 4, n)
    pascal = 101325 + np.array([0, 900, 1800, 900])[state] + rng.normal(0, 250, n)
    kelvin = 318 + np.array([0, 6, 6, -6])[state] + rng.normal(0, 2, n)
    rpm = 2950 + np.array([0, -20, 25, 30])[state] + rng.normal(0, 8, n)
    return np.stack([pascal, kelvin, rpm], axis=1).astype("float32"), state.astype("int32")


x, y = log(4000, 1)
x_test, y_test = log(1000, 2)
mean, std = x.mean(axis=0), x.std(axis=0)
x, x_test = (x - mean) / std, (x_test - mean) / std

model = keras.Sequential(
    [
        keras.Input((3,)),
        layers.Dense(48, activation="relu6"),
        layers.Dense(48, activation="relu6"),
        layers.Dense(4, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
shuffle = np.random.default_rng(5)
for epoch in range(15):
    order = shuffle.permutation(len(x))
    losses = []
    for start in range(0, len(x), 50):
        rows = order[start : start + 50]
        losses.append(float(model.train_on_batch(x[rows], y[rows])))
    print(f"epoch {epoch + 1}: loss {losses[-1]:.4f}")

accuracy = np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test)
print(f"FINAL_LOSS={losses[-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
