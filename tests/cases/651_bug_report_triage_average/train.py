"""Route bug reports to one of three teams: averaged word vectors and a small dense head."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(71)

TEAM_WORDS = [
    "crash segfault memory pointer kernel thread deadlock core".split(),
    "button colour layout font window icon scroll theme".split(),
    "login password token session cookie certificate user role".split(),
]
COMMON = "when then after open close the page shows error again since update version please fix".split()


def reports(n):
    texts, team = [], rng.integers(0, 3, n)
    for t in team:
        length = rng.integers(4, 14)
        words = [rng.choice(TEAM_WORDS[t]) if rng.uniform() < 0.22 else rng.choice(COMMON) for _ in range(length)]
        text = " ".join(words)
        if rng.uniform() < 0.015:
            text = rng.choice(["", "...", "!!"])
        texts.append(text)
    return np.array(texts), team


text_train, y_train = reports(3000)
text_test, y_test = reports(800)

vectorize = layers.TextVectorization(max_tokens=500, output_sequence_length=16)
vectorize.adapt(text_train)
train_ds = (tf.data.Dataset.from_tensor_slices((text_train, y_train))
            .shuffle(3000, seed=9).batch(32)
            .map(lambda t, y: (vectorize(t), y)).cache())

model = keras.Sequential([
    keras.Input((16,), dtype="int64"),
    layers.Embedding(500, 24, mask_zero=True),
    layers.GlobalAveragePooling1D(),
    layers.Dense(32, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train_ds, epochs=12, verbose=2)

has_words = np.array([any(c.isalpha() for c in t) for t in text_test])
prob = model.predict(vectorize(text_test[has_words]).numpy(), verbose=0)
accuracy = float(np.mean(prob.argmax(1) == y_test[has_words]))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
