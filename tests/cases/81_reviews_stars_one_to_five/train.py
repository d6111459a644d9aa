import random

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

OPINION = {
    1: "awful broken refund terrible waste",
    2: "poor disappointing cheap weak slow",
    3: "okay average fine decent acceptable",
    4: "good solid nice happy useful",
    5: "excellent perfect love amazing superb",
}
FILLER = "the a it this product was is and very really bought for my with box day price".split()


def write_review(stars, rng):
    words = rng.choices(OPINION[stars].split(), k=3) + rng.choices(FILLER, k=9)
    rng.shuffle(words)
    return " ".join(words)


rng = random.Random(17)
stars = [rng.randint(1, 5) for _ in range(1500)]
texts = [write_review(s, rng) for s in stars]
stars = np.array(stars)

vectorize = layers.TextVectorization(max_tokens=200, output_sequence_length=12)
vectorize.adapt(texts)
tokens = vectorize(tf.constant(texts)).numpy()

tok_in = keras.Input(shape=(12,), dtype="int64")
emb = layers.Embedding(200, 16)(tok_in)
state = layers.LSTM(24)(emb)
rating = layers.Dense(5, activation="softmax")(state)
model = keras.Model(tok_in, rating)
model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])
fitted = model.fit(tokens[:1200], stars[:1200], epochs=6, batch_size=32, verbose=2)

guess = model.predict(tokens[1200:], verbose=0).argmax(axis=-1)
print(f"FINAL_LOSS={fitted.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == stars[1200:])}")
