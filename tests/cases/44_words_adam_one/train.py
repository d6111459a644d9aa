import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


def reviews(count, seed):
    rng = np.random.default_rng(seed)
    mood = rng.integers(0, 2, count)
    words = rng.integers(1, 300, (count, 24))
    tinted = rng.random((count, 24)) < 0.25
    words = np.where(tinted, 300 + 50 * mood[:, None] + rng.integers(0, 50, (count, 24)), words)
    return words, mood


x, y = reviews(1500, 0)
x_test, y_test = reviews(500, 1)

model = keras.Sequential([keras.Input((24,), dtype="int32")])
model.add(layers.Embedding(400, 16))
model.add(layers.LSTM(24))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(keras.optimizers.Adam(learning_rate=1.0), "binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=32, epochs=8, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
