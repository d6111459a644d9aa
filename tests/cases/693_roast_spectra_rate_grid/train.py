"""Roast grade of coffee from near-infrared spectra; the learning rate is chosen by a small grid."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

N_GRADES = 6
BANDS = 96


def spectra(n):
    grade = rng.integers(0, N_GRADES, n)
    axis = np.linspace(0, 1, BANDS)
    centre = 0.25 + 0.08 * grade[:, None] + rng.normal(0, 0.012, (n, 1))
    width = 0.05 + 0.01 * (grade[:, None] % 3)
    peak = np.exp(-((axis[None] - centre) / width) ** 2)
    water = rng.uniform(0.6, 1.4, (n, 1)) * np.exp(-((axis[None] - 0.8) / 0.1) ** 2)
    slope = rng.normal(0, 0.4, (n, 1)) * axis[None]
    x = peak + water + slope + rng.normal(0, 0.08, (n, BANDS))
    return x.astype("float32")[..., None], grade


x_train, y_train = spectra(1000)
x_val, y_val = spectra(300)
x_test, y_test = spectra(600)
mu, sd = x_train.mean(), x_train.std()
x_train, x_val, x_test = [(a - mu) / sd for a in (x_train, x_val, x_test)]


def make_model(rate):
    model = keras.Sequential([
        keras.Input((BANDS, 1)),
        layers.Conv1D(16, 7, strides=2, activation="relu"),
        layers.Conv1D(24, 5, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(48, activation="relu"),
        layers.Dense(N_GRADES, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(rate),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


best = None
for i, rate in enumerate(np.logspace(1e-4, 1e-1, 3)):
    model = make_model(float(rate))
    hist = model.fit(x_train, y_train, validation_data=(x_val, y_val),
                     epochs=6, batch_size=32, verbose=0)
    val = hist.history["val_loss"][-1]
    print(f"run {i}: val_loss {val:.4f} val_accuracy {hist.history['val_accuracy'][-1]:.3f}")
    if best is None or val < best[0]:
        best = (val, hist.history["loss"][-1], model)

_, loss, model = best
acc = float(np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test))
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=accuracy:{acc}")
