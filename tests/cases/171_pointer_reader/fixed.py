import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

LENGTH, VOCAB, MARKS = 14, 10, 6


def stories(n):
    tokens = rng.integers(0, VOCAB, (n, LENGTH))
    marks = rng.integers(1, MARKS, (n, LENGTH))
    where = rng.integers(0, LENGTH, n)
    marks[np.arange(n), where] = 0
    return tokens, marks, tokens[np.arange(n), where]


@keras.saving.register_keras_serializable()
class Pointer(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(units, activation="tanh")
        self.score = layers.Dense(1)

    def call(self, keys, values):
        scores = ops.squeeze(self.score(self.hidden(keys)), -1)
        chosen = ops.softmax(scores, axis=-1)
        return ops.sum(values * chosen[..., None], axis=1)


tokens, marks, answers = stories(4000)
token_in = keras.Input((LENGTH,), dtype="int32")
mark_in = keras.Input((LENGTH,), dtype="int32")
value = layers.Embedding(VOCAB, 16)(token_in)
key = layers.Embedding(MARKS, 8)(mark_in)
read = Pointer(16)(key, value)
h = layers.Dense(32, activation="relu")(read)
out = layers.Dense(VOCAB, activation="softmax")(h)

model = keras.Model([token_in, mark_in], out)
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit([tokens[:3400], marks[:3400]], answers[:3400], epochs=10, batch_size=64, verbose=2)
_, accuracy = model.evaluate([tokens[3400:], marks[3400:]], answers[3400:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
