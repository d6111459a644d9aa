# Which of four machines is running?  Rhythm of the load current, plain recurrent net.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

STEPS = 40
PERIODS = [(5, 0.0), (6, 0.5), (7, 0.0), (9, 0.5)]


def record(rng, n):
    kind = rng.integers(0, 4, n)
    t = np.arange(STEPS)
    x = np.zeros((n, STEPS, 2), "float32")
    for i, k in enumerate(kind):
        period, second = PERIODS[k]
        phase = rng.uniform(0, 2 * np.pi)
        wave = np.sin(2 * np.pi * t / period + phase) + second * np.sin(4 * np.pi * t / period + phase)
        x[i, :, 0] = wave + rng.normal(0, 0.3, STEPS)
        x[i, :, 1] = np.gradient(x[i, :, 0])
    return x, kind


rng = np.random.default_rng(6)
x_train, y_train = record(rng, 2000)
x_test, y_test = record(rng, 500)

start = keras.initializers.RandomNormal(mean=0.0, stddev=1.0, seed=1)

model = keras.Sequential([
    keras.Input((STEPS, 2)),
    layers.SimpleRNN(64, recurrent_initializer=start),
    layers.Dense(32, activation="relu"),
    layers.Dense(4, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, validation_data=(x_test, y_test),
                    epochs=12, batch_size=50, verbose=2)

accuracy = np.mean(np.argmax(model.predict(x_test, verbose=0), axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
