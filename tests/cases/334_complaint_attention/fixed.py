"""Department for a complaint: word attention whose sharpness is held by an entropy term."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(334)

VOCAB, LONGEST, DEPARTMENTS = 400, 30, 4
key_words = rng.permutation(np.arange(1, VOCAB))[:48].reshape(DEPARTMENTS, 12)


def complaints(n):
    text = np.zeros((n, LONGEST), "int32")
    dept = rng.integers(0, DEPARTMENTS, n)
    for i in range(n):
        length = rng.integers(8, LONGEST + 1)
        words = rng.integers(1, VOCAB, length)
        spots = rng.choice(length, 4, replace=False)
        words[spots] = rng.choice(key_words[dept[i]], 4)
        text[i, :length] = words
    return text, dept


class WordAttention(layers.Layer):
    """Weighted mean of the word vectors; a small price on the entropy of the weights."""

    def __init__(self, price=0.02, **kwargs):
        super().__init__(**kwargs)
        self.price = price
        self.supports_masking = True

    def build(self, shape):
        self.score = self.add_weight(shape=(shape[-1], 1), initializer="glorot_uniform", name="score")

    def call(self, x, mask=None):
        s = ops.squeeze(ops.matmul(ops.tanh(x), self.score), -1)
        if mask is not None:
            s = ops.where(mask, s, -1e9)
        a = ops.softmax(s, axis=-1)
        entropy = -ops.sum(a * ops.log(a + 1e-9), axis=-1)
        self.add_loss(self.price * ops.mean(entropy))
        return ops.sum(a[..., None] * x, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None


text, dept = complaints(2400)
text_test, dept_test = complaints(600)

words = keras.Input((LONGEST,), dtype="int32")
x = layers.Embedding(VOCAB, 32, mask_zero=True)(words)
x = WordAttention()(x)
x = layers.Dense(32, activation="relu")(x)
out = layers.Dense(DEPARTMENTS, activation="softmax")(x)
model = keras.Model(words, out)
model.compile(optimizer=keras.optimizers.Adam(4e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
history = model.fit(text, dept, batch_size=48, epochs=10, validation_data=(text_test, dept_test), verbose=2)

prob = model.predict(text_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(prob.argmax(1) == dept_test)}")
