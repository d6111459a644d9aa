import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

VOCAB, DIM, LEN = 400, 128, 20

# toy corpus: every word is followed by one of a few others
followers = np.stack([rng.choice(VOCAB, 4, replace=False) for _ in range(VOCAB)])
weights = np.array([0.7, 0.15, 0.1, 0.05])


def sample(n):
    out = np.zeros((n, LEN + 1), "int32")
    out[:, 0] = rng.integers(0, VOCAB, n)
    for t in range(LEN):
        out[:, t + 1] = followers[out[:, t], rng.choice(4, n, p=weights)]
    return out


train, test = sample(1200), sample(200)


class WordModel(keras.Model):
    """Next word model, the output layer shares its weights with the embedding."""

    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(VOCAB, DIM, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.02))
        self.ff1 = layers.Dense(2 * DIM, activation="gelu")
        self.ff2 = layers.Dense(DIM)
        self.gru = layers.GRU(DIM, return_sequences=True)
        self.norm = layers.LayerNormalization()

    def call(self, tokens):
        e = self.embed(tokens)
        h = e + self.gru(e)
        h = h + self.ff2(self.ff1(h))
        h = self.norm(h)
        return ops.matmul(h, ops.transpose(self.embed.embeddings))


model = WordModel()
model.compile(
    optimizer=keras.optimizers.Adam(5e-4),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
hist = model.fit(train[:, :-1], train[:, 1:], batch_size=32, epochs=6, verbose=2)

loss, acc = model.evaluate(test[:, :-1], test[:, 1:], verbose=0)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
