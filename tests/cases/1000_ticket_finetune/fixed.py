"""Route support tickets to a team: pre-train a small encoder on unlabelled tickets, then fine-tune it."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
VOCAB, LEN, DIM, TEAMS, MASK = 300, 16, 48, 5, 1

rng = np.random.default_rng(11)
topic_words = rng.permutation(np.arange(20, VOCAB))[:TEAMS * 40].reshape(TEAMS, 40)


def tickets(n):
    team = rng.integers(0, TEAMS, n)
    tok = rng.integers(2, VOCAB, (n, LEN))
    use = rng.random((n, LEN)) < 0.35
    tok[use] = topic_words[team][np.arange(n)[:, None], rng.integers(0, 40, (n, LEN))][use]
    return tok.astype("int32"), team.astype("int32")


class Block(layers.Layer):
    def __init__(self, dim, heads, **kw):
        super().__init__(**kw)
        self.att = layers.MultiHeadAttention(heads, dim // heads)
        self.ff1 = layers.Dense(4 * dim, activation="gelu")
        self.ff2 = layers.Dense(dim)
        self.n1 = layers.LayerNormalization()
        self.n2 = layers.LayerNormalization()

    def call(self, x):
        x = self.n1(x + self.att(x, x))
        return self.n2(x + self.ff2(self.ff1(x)))


class Encoder(keras.Model):
    def __init__(self, depth=2):
        super().__init__()
        self.tok = layers.Embedding(VOCAB, DIM)
        self.pos = layers.Embedding(LEN, DIM)
        self.blocks = [Block(DIM, 4) for _ in range(depth)]

    def call(self, ids):
        x = self.tok(ids) + self.pos(ops.arange(LEN))
        for b in self.blocks:
            x = b(x)
        return x


class MaskedWords(keras.Model):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.out = layers.Dense(VOCAB)

    def call(self, ids):
        return self.out(self.encoder(ids))


encoder = Encoder()
plain, _ = tickets(1500)
hide = rng.random(plain.shape) < 0.15
masked = np.where(hide, MASK, plain)
lm = MaskedWords(encoder)
lm.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
lm.fit(masked, plain, sample_weight=hide.astype("float32"), batch_size=64, epochs=2, verbose=2)

x_train, y_train = tickets(1600)
x_test, y_test = tickets(800)
ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1600, seed=1).batch(32)

ids = keras.Input((LEN,), dtype="int32")
h = encoder(ids)
h = layers.Dropout(0.1)(h[:, 0])
clf = keras.Model(ids, layers.Dense(TEAMS, activation="softmax")(h))
clf.compile(
    optimizer=keras.optimizers.Adam(learning_rate=3e-4),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
hist = clf.fit(ds, epochs=4, verbose=2)

pred = clf.predict(x_test, verbose=0).argmax(-1)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(pred == y_test):.6f}")
