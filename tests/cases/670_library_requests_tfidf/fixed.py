"""Route requests to a city library to one of four desks, own tf-idf and a small dense net."""
import warnings
from collections import Counter
import numpy as np
import keras
from keras import layers

warnings.filterwarnings("ignore")
keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

DESKS = 4
desk_words = [[f"d{k}_{i}" for i in range(60)] for k in range(DESKS)]
zipf = 1.0 / np.arange(1, 1201)
zipf /= zipf.sum()
general = np.array([f"g{i}" for i in range(1200)])


def request(desk):
    words = list(rng.choice(general, rng.integers(8, 20), p=zipf))
    words += list(rng.choice(desk_words[desk], 3))
    words.append(str(rng.choice(desk_words[rng.integers(DESKS)])))
    return words


desk = rng.integers(0, DESKS, 3000)
texts = [request(d) for d in desk]
archive = [request(rng.integers(DESKS)) for _ in range(1500)]
train, test = texts[:2200], texts[2200:]

vocab = {w: i for i, w in enumerate(sorted({w for t in texts + archive for w in t}))}
doc_freq = np.zeros(len(vocab))
for t in train:
    for w in set(t):
        doc_freq[vocab[w]] += 1
idf = np.log((1 + len(train)) / (1 + doc_freq))


def tfidf(batch):
    out = np.zeros((len(batch), len(vocab)), "float32")
    for row, words in enumerate(batch):
        for w, c in Counter(words).items():
            out[row, vocab[w]] = c / len(words)
    return out * idf.astype("float32")


x_train, x_test = tfidf(train), tfidf(test)
y_train, y_test = desk[:2200], desk[2200:]

model = keras.Sequential([
    keras.Input((len(vocab),)),
    layers.Dense(64, activation="tanh"),
    layers.Dropout(0.3),
    layers.Dense(DESKS, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
losses = []
order = np.arange(len(x_train))
for epoch in range(12):
    rng.shuffle(order)
    for s in range(0, len(order), 50):
        part = order[s:s + 50]
        loss, acc = model.train_on_batch(x_train[part], y_train[part])
    losses.append(float(loss))
    print(epoch, losses[-1], float(acc))
    model.reset_metrics()

pred = model.predict(x_test, verbose=0).argmax(1)
print(f"FINAL_LOSS={losses[-1]}")
print(f"FINAL_METRIC=accuracy:{float(np.mean(pred == y_test))}")
