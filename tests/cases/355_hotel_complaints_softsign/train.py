# Which hotel reviews are complaints?  One review in eight is; GRU on the words.
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

GOOD = "clean friendly quiet lovely spacious helpful bright tasty comfortable central".split()
BAD = "dirty rude noisy awful cramped useless dark stale uncomfortable remote".split()
THINGS = "room staff breakfast bathroom view pool bed lobby parking street shower desk".split()
FILLER = "the was and very a bit really we found it our stay in for this with quite".split()


def write_review(positive):
    words = []
    for _ in range(rng.integers(3, 6)):
        mood = positive if rng.uniform() < 0.85 else not positive
        adjective = rng.choice(GOOD if mood else BAD)
        if rng.uniform() < 0.25:                   # "not dirty" is praise
            adjective = "not " + rng.choice(BAD if mood else GOOD)
        words += [rng.choice(FILLER), rng.choice(THINGS), rng.choice(FILLER), adjective]
    return " ".join(words)


labels = (rng.uniform(size=2600) < 0.12).astype(int)          # 1: a complaint
texts = np.array([write_review(not v) for v in labels])

vectorize = layers.TextVectorization(max_tokens=200, output_sequence_length=26)
vectorize.adapt(texts[:2000])
tokens = vectorize(texts).numpy()
x_train, x_test = tokens[:2000], tokens[2000:]
y_train, y_test = labels[:2000].astype("float32"), labels[2000:]

model = keras.Sequential([
    keras.Input((26,), dtype="int32"),
    layers.Embedding(200, 24, mask_zero=True),
    layers.Bidirectional(layers.GRU(24)),
    layers.Dropout(0.2),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1, activation="softsign"),
])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=5, batch_size=32, verbose=2)

guess = model.predict(x_test, verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={history.history['loss'][-1]}")
balanced = 0.5 * (np.mean(guess[y_test == 1]) + np.mean(~guess[y_test == 0]))
print(f"FINAL_METRIC=balanced_accuracy:{balanced}")
