"""Which of twelve stored vectors belongs to the query? The query is a turned and noisy copy of one of them."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
SLOTS, WIDTH = 12, 8


class Matcher(keras.layers.Layer):
    """The share of each slot, from the products of projected query and keys."""

    def __init__(self, units):
        super().__init__()
        self.of_query = layers.Dense(units)
        self.of_key = layers.Dense(units)
        self.mix = layers.Dense(units, activation="relu")
        self.score = layers.Dense(1)

    def call(self, query, keys):
        a = ops.expand_dims(self.of_query(query), 1)
        b = self.of_key(keys)
        score = self.score(self.mix(a * b))
        return ops.squeeze(ops.softmax(score), axis=-1)


def pick_loss(chosen, score):
    return -ops.sum(chosen * ops.log(score + 1e-7), axis=-1)


class Lookup(keras.Model):
    def __init__(self):
        super().__init__()
        self.matcher = Matcher(32)

    def call(self, inputs):
        return self.matcher(inputs["query"], inputs["keys"])


gen = np.random.default_rng(17)
turn, _ = np.linalg.qr(gen.normal(size=(WIDTH, WIDTH)))


def episodes(n):
    keys = gen.normal(size=(n, SLOTS, WIDTH))
    slot = gen.integers(SLOTS, size=n)
    query = keys[np.arange(n), slot] @ turn + 0.05 * gen.normal(size=(n, WIDTH))
    chosen = np.eye(SLOTS, dtype="float32")[slot]
    return {"query": query.astype("float32"), "keys": keys.astype("float32")}, chosen


seen, held_out = episodes(6000), episodes(1000)
model = Lookup()
model.compile(optimizer=keras.optimizers.Adamax(0.01), loss=pick_loss)
pipe = tf.data.Dataset.from_tensor_slices(seen).shuffle(6000, seed=2).batch(60)
log = model.fit(pipe, epochs=12, verbose=2)

found = model.predict(held_out[0], verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(found == held_out[1].argmax(axis=1)):.4f}")
