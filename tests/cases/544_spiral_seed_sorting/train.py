"""Two kinds of seeds lie on two spirals in the plane of the first two components."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


def spirals(n, seed):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n)
    t = np.sqrt(rng.uniform(0.05, 1, n)) * 3.4 * np.pi
    r = t / (3.4 * np.pi)
    angle = t + np.pi * label
    x = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)
    x += rng.normal(0, 0.02, x.shape)
    return (x * 3).astype("float32"), label.astype("float32")


x, y = spirals(2000, 1)
x_test, y_test = spirals(1000, 2)


def schedule(epoch, lr):
    return float(lr * 0.97 ** epoch)


model = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(48, activation="tanh"),
        layers.Dense(48, activation="tanh"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
history = model.fit(
    x, y, batch_size=200, epochs=80, verbose=2, callbacks=[keras.callbacks.LearningRateScheduler(schedule)]
)
accuracy = np.mean((model.predict(x_test, verbose=0).ravel() > 0.5) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
