import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")
rng = np.random.default_rng(304)

vocab, max_len, topics, n = 300, 24, 4, 2400
topic_words = rng.permutation(np.arange(1, vocab))[:40].reshape(topics, 10)
tickets = np.zeros((n, max_len), "int32")
topic = rng.integers(0, topics, n)
for i in range(n):
    length = rng.integers(8, max_len + 1)
    words = rng.integers(1, vocab, length)
    hits = rng.choice(length, 3, replace=False)
    words[hits] = rng.choice(topic_words[topic[i]], 3)
    tickets[i, :length] = words


class TicketAttention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.query = layers.Dense(units)
        self.key = layers.Dense(units)
        self.value = layers.Dense(units)
        self.units = units

    def call(self, x, keep):
        scores = ops.matmul(self.query(x), ops.transpose(self.key(x), (0, 2, 1)))
        scores = scores / self.units ** 0.5
        pad = 1.0 - ops.cast(keep, x.dtype)
        scores = scores + pad[:, None, :] * -1e9
        return ops.matmul(ops.softmax(scores), self.value(x))


tokens = keras.Input((max_len,), dtype="int32")
keep = layers.Lambda(lambda t: ops.cast(ops.not_equal(t, 0), "float32"))(tokens)
x = layers.Embedding(vocab, 32)(tokens)
x = x + TicketAttention(32)(x, keep)
x = layers.LayerNormalization()(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(32, activation="relu")(x)
out = layers.Dense(topics, activation="softmax", dtype="float32")(x)
model = keras.Model(tokens, out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy",
              metrics=["accuracy"])
history = model.fit(tickets[:2000], topic[:2000], epochs=10, batch_size=64, verbose=2)

pred = model.predict(tickets[2000:], verbose=0)
acc = np.mean(pred.argmax(1) == topic[2000:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc}")
