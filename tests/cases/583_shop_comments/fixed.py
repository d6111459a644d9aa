"""Kind or unkind?  Comments of a shop as word numbers."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
WORDS, LENGTH = 400, 30


def comments(n, seed):
    gen = np.random.default_rng(seed)
    kind = gen.integers(0, 2, n)
    text = gen.integers(41, WORDS, (n, LENGTH))
    for line, mood in zip(text, kind):
        for spot in gen.choice(LENGTH, 4, replace=False):
            own = gen.random() < 0.85
            line[spot] = gen.integers(1, 21) + 20 * (mood if own else 1 - mood)
    return text, kind


x_train, y_train = comments(1500, seed=31)
x_test, y_test = comments(600, seed=32)

model = keras.Sequential(
    [
        keras.Input((LENGTH,), dtype="int32"),
        layers.Embedding(WORDS, 16),
        layers.Conv1D(32, 3, activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=32, epochs=8, validation_split=0.1, verbose=2)

test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{test_accuracy:.4f}")
