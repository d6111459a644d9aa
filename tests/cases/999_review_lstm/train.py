import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)

GOOD = "great lovely excellent tasty friendly quick fresh perfect cosy charming generous delicious".split()
BAD = "awful slow cold rude stale dirty bland noisy greasy terrible overpriced soggy".split()
PLAIN = ("the food was service and we table with waiter a room place evening came our order again "
         "soup bread menu dinner lunch people would there very to of for on it they had that is").split()


def write_review(rng, positive):
    n = rng.integers(12, 40)
    words = list(rng.choice(PLAIN, n))
    for _ in range(rng.integers(3, 6)):
        own = rng.random() < 0.85
        pool = GOOD if own == positive else BAD
        words.insert(rng.integers(0, len(words)), str(rng.choice(pool)))
    return " ".join(words)


rng = np.random.default_rng(3)
labels = (rng.random(5000) < 0.54).astype("int32")
texts = np.array([write_review(rng, bool(l)) for l in labels])

vectorize = layers.TextVectorization(max_tokens=2000, output_sequence_length=45)
vectorize.adapt(texts[:4000])
x = vectorize(texts).numpy()
x_train, x_test = x[:4000], x[4000:]
y_train, y_test = labels[:4000], labels[4000:]

model = keras.Sequential([
    keras.Input((45,), dtype="int32"),
    layers.Embedding(2000, 24, mask_zero=True),
    layers.LSTM(24),
    layers.Dropout(0.2),
    layers.Dense(1, activation="softmax"),
])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
hist = model.fit(x_train, y_train, batch_size=64, epochs=5, validation_split=0.1, verbose=2)

prob = model.predict(x_test, verbose=0)[:, 0]
acc = float(np.mean((prob > 0.5) == y_test))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
