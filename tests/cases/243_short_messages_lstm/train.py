import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(23)

VOCAB, LENGTH = 500, 100
cheerful, gloomy = np.arange(1, 41), np.arange(41, 81)


def messages(n):
    mood = rng.integers(0, 2, n)
    texts = []
    for m in mood:
        words = rng.integers(81, VOCAB, rng.integers(6, 16))
        hits = rng.random(len(words)) < 0.35
        words[hits] = rng.choice(cheerful if m else gloomy, hits.sum())
        texts.append(words.tolist())
    return texts, mood.astype("float32")


train_texts, y_train = messages(1500)
test_texts, y_test = messages(500)
x_train = keras.utils.pad_sequences(train_texts, maxlen=LENGTH, padding="post")
x_test = keras.utils.pad_sequences(test_texts, maxlen=LENGTH, padding="post")

model = keras.Sequential([
    keras.Input((LENGTH,), dtype="int32"),
    layers.Embedding(VOCAB, 16),
    layers.LSTM(24),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=4, batch_size=50, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
