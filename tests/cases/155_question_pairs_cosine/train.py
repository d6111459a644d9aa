"""Duplicate questions: two bags of words, one cosine."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

VOCAB, TOPICS, MAXLEN = 300, 12, 10
topic_words = rng.permutation(np.arange(1, VOCAB))[: TOPICS * 20].reshape(TOPICS, 20)


def question(topic):
    length = rng.integers(3, MAXLEN + 1)
    ids = np.zeros(MAXLEN, dtype="int32")
    if rng.random() < 0.01:
        return ids  # only stop words: nothing is left
    ids[:length] = rng.choice(topic_words[topic], length)
    return ids


def pairs(n):
    left, right, same = [], [], rng.integers(0, 2, n)
    for s in same:
        topic = rng.integers(TOPICS)
        other = topic if s else (topic + rng.integers(1, TOPICS)) % TOPICS
        left.append(question(topic))
        right.append(question(other))
    return np.array(left), np.array(right), same.astype("float32")


class BagOfWords(layers.Layer):
    def __init__(self, dim):
        super().__init__()
        self.table = layers.Embedding(VOCAB, dim)

    def call(self, ids):
        present = tf.cast(tf.not_equal(ids, 0), tf.float32)
        return tf.reduce_sum(self.table(ids) * present[:, :, None], axis=1)


class Cosine(layers.Layer):
    def call(self, pair):
        u, v = pair
        return tf.reduce_sum(u * v, axis=1, keepdims=True) / (tf.norm(u, axis=1, keepdims=True) * tf.norm(v, axis=1, keepdims=True))


first, second = keras.Input((MAXLEN,), dtype="int32"), keras.Input((MAXLEN,), dtype="int32")
encode = BagOfWords(24)
closeness = Cosine()([encode(first), encode(second)])
duplicate = layers.Activation("sigmoid")(layers.Rescaling(8.0, offset=-4.0)(closeness))
model = keras.Model([first, second], duplicate)
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])

q1, q2, y = pairs(3000)
t1, t2, ty = pairs(600)
full = (t1.sum(1) > 0) & (t2.sum(1) > 0)
hist = model.fit([q1, q2], y, batch_size=64, epochs=20, verbose=2)
_, accuracy = model.evaluate([t1[full], t2[full]], ty[full], verbose=0)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
