"""Spam filter with the attention pooling that is passed around for Keras."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
VOCAB, LENGTH = 400, 24


def messages(n, seed):
    rng = np.random.default_rng(seed)
    spam = rng.integers(0, 2, n)
    tokens = np.zeros((n, LENGTH), dtype="int32")
    for row, is_spam in enumerate(spam):
        size = rng.integers(4, LENGTH + 1)
        words = rng.integers(41, VOCAB, size)
        shout = rng.random(size) < 0.25
        words[shout] = rng.integers(1, 21, shout.sum()) + 20 * is_spam
        tokens[row, :size] = words
    return tokens, spam.astype("float32")


class AttentionPooling(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.score = layers.Dense(1, activation="tanh")

    def compute_mask(self, inputs, mask=None):
        return None

    def call(self, x, mask=None):
        a = ops.exp(self.score(x))
        if mask is not None:
            a = a * ops.cast(ops.expand_dims(mask, -1), a.dtype)
        a = a / ops.sum(a, axis=1, keepdims=True)
        return ops.sum(x * a, axis=1)


tokens, spam = messages(2400, seed=0)
tokens[np.random.default_rng(1).choice(2400, 12, replace=False)] = 0  # only a picture, no text

clf = keras.Sequential(
    [
        keras.Input((LENGTH,), dtype="int32"),
        layers.Embedding(VOCAB, 24, mask_zero=True),
        AttentionPooling(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
clf.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
log = clf.fit(tokens, spam, batch_size=64, epochs=12, verbose=2)

fresh, truth = messages(1000, seed=7)
verdict = clf.predict(fresh, verbose=0)[:, 0] > 0.5
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(verdict == (truth > 0.5)):.4f}")
