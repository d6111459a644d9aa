"""Ratings of a public library's readers: factor model with two small side columns."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_bfloat16")
rng = np.random.default_rng(8)

READERS, TITLES, ROWS = 2400, 1536, 80000
taste = rng.normal(0, 1, (READERS + 1, 3))
style = rng.normal(0, 1, (TITLES + 1, 3))
mild = rng.normal(0, 0.5, READERS + 1)
fame = rng.normal(0, 0.8, TITLES + 1)

log = pd.DataFrame({
    "reader": rng.integers(1, READERS + 1, ROWS),
    "title": rng.integers(1, TITLES + 1, ROWS),
    "weeks_kept": rng.gamma(2.0, 1.0, ROWS),
    "renewed": rng.random(ROWS),
})
u, i = log.reader.values, log.title.values
score = 0.45 * (taste[u] * style[i]).sum(1) + mild[u] + fame[i] + 0.1 * log.weeks_kept.values
log["rating"] = score + rng.normal(0, 0.3, ROWS)
log["rating"] -= log.rating.mean()

cut = int(0.9 * ROWS)
columns = ["reader", "title", "weeks_kept", "renewed"]
x = log[columns].to_numpy(dtype="float32")
y = log["rating"].to_numpy(dtype="float32")


class FactorModel(keras.Model):
    def __init__(self, size=8):
        super().__init__()
        init = keras.initializers.RandomNormal(stddev=0.1)
        self.reader = layers.Embedding(READERS + 1, size, embeddings_initializer=init)
        self.title = layers.Embedding(TITLES + 1, size, embeddings_initializer=init)
        self.reader_bias = layers.Embedding(READERS + 1, 1, embeddings_initializer="zeros")
        self.title_bias = layers.Embedding(TITLES + 1, 1, embeddings_initializer="zeros")
        self.side = layers.Dense(1)
        self.as_float = layers.Activation("linear", dtype="float32")

    def call(self, rows):
        r = tf.cast(rows[:, 0], tf.int32)
        b = tf.cast(rows[:, 1], tf.int32)
        match = tf.reduce_sum(self.reader(r) * self.title(b), axis=-1, keepdims=True)
        bias = self.reader_bias(r) + self.title_bias(b)
        return self.as_float(match + bias + self.side(rows[:, 2:]))


model = FactorModel()
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
hist = model.fit(x[:cut], y[:cut], batch_size=512, epochs=10, verbose=2)

held = y[cut:]
guess = model.predict(x[cut:], batch_size=1024, verbose=0)[:, 0]
r2 = 1.0 - np.mean((guess - held) ** 2) / np.var(held)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
