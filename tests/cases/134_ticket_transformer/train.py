"""Route support tickets with a small transformer encoder."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
TOPICS = {
    "billing": "invoice charge refund card payment price tax overcharged receipt plan".split(),
    "login": "password reset account email locked code verify signin token user".split(),
    "delivery": "parcel late courier tracking address box damaged shipped driver depot".split(),
    "bug": "crash error screen update freeze button version install log stack".split(),
}
FILLER = "hello please i my the a is it and help with since yesterday again why not can you thanks to for on".split()
texts, topics = [], []
for _ in range(2000):
    topic = rng.integers(4)
    words = list(rng.choice(FILLER, rng.integers(6, 16)))
    for _ in range(rng.integers(1, 4)):
        words.insert(rng.integers(len(words)), rng.choice(list(TOPICS.values())[topic]))
    if rng.random() < 0.5:
        words.insert(rng.integers(len(words)), rng.choice(list(TOPICS.values())[rng.integers(4)]))
    texts.append(" ".join(words))
    topics.append(topic)
topics = np.array(topics)

vectorize = layers.TextVectorization(max_tokens=200, output_sequence_length=24)
vectorize.adapt(texts)
tokens = vectorize(tf.constant(texts)).numpy()


class Block(layers.Layer):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.attention = layers.MultiHeadAttention(heads, dim // heads)
        self.feed = keras.Sequential([layers.Dense(hidden, activation="relu"), layers.Dense(dim)])
        self.norm1, self.norm2 = layers.LayerNormalization(), layers.LayerNormalization()

    def call(self, x, training=False):
        x = self.norm1(x + self.attention(x, x, training=training))
        return self.norm2(x + self.feed(x))


class Embed(layers.Layer):
    def __init__(self, vocab, length, dim):
        super().__init__()
        self.words, self.places = layers.Embedding(vocab, dim), layers.Embedding(length, dim)
        self.length = length

    def call(self, ids):
        return self.words(ids) + self.places(ops.arange(self.length))


inp = keras.Input((24,), dtype="int32")
x = Embed(200, 24, 32)(inp)
for _ in range(2):
    x = Block(32, 4, 64)(x)
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dense(32, activation="relu")(x)
model = keras.Model(inp, layers.Dense(4, activation="softmax")(x))
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
log = model.fit(tokens[:1600], topics[:1600], batch_size=32, epochs=8, validation_data=(tokens[1600:], topics[1600:]), verbose=2)
acc = np.mean(model.predict(tokens[1600:], verbose=0).argmax(1) == topics[1600:])
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
