"""Sort letters to a housing office: repair request or question about the rent."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

MAXLEN = 30
common = [f"w{i}" for i in range(1500)]
repair = [f"rep{i}" for i in range(220)]
rent = [f"rent{i}" for i in range(220)]


def letter(kind):
    n = rng.integers(15, MAXLEN + 1)
    words = list(rng.choice(common, n))
    own = repair if kind == 0 else rent
    other = rent if kind == 0 else repair
    for pos in rng.choice(n, 5, replace=False):
        words[pos] = rng.choice(own)
    words[rng.integers(n)] = rng.choice(other)
    return " ".join(words)


kinds = rng.integers(0, 2, 4000)
letters = [letter(k) for k in kinds]

vectorize = layers.TextVectorization(max_tokens=2500, output_sequence_length=MAXLEN)
vectorize.adapt(letters[:3200])
ids = vectorize(letters).numpy()

x_train, x_test = ids[:3200], ids[3200:]
y_train, y_test = kinds[:3200], kinds[3200:]

model = keras.Sequential([
    keras.Input((MAXLEN,)),
    layers.Embedding(2500, 32, mask_zero=True),
    layers.LSTM(32),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
hist = model.fit(x_train, y_train, epochs=6, batch_size=64, validation_split=0.1, verbose=2)

prob = model.predict(x_test, verbose=0)[:, 0]
acc = np.mean((prob > 0.5) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
