"""Which of four gaskets of a vacuum chamber leaks: currents of ten collector plates, in ampere."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

PLATES, GASKETS = 10, 4
response = rng.uniform(0.5e-6, 3.0e-6, (GASKETS, PLATES))


def measure(n):
    which = rng.integers(0, GASKETS, n)
    strength = rng.uniform(0.6, 1.4, (n, 1))
    amps = 2.0e-6 + strength * response[which] + rng.normal(0, 0.25e-6, (n, PLATES))
    return amps.astype("float32"), which


x_train, y_train = measure(3000)
x_test, y_test = measure(800)
x_train, x_test = x_train * 1e6, x_test * 1e6  # microampere


def build():
    plates = keras.Input(shape=(PLATES,), name="plates")
    h = layers.BatchNormalization(name="standardise")(plates)
    h = layers.Dense(48, activation="relu")(h)
    h = layers.Dense(48, activation="relu")(h)
    gasket = layers.Dense(GASKETS, activation="softmax", name="gasket")(h)
    return keras.Model(plates, gasket)


model = build()
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=15)
run = model.fit(x_train, y_train, epochs=20, batch_size=32, callbacks=[stop], verbose=2)

answer = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(answer == y_test)}")
