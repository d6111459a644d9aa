"""Which reader likes which article: two towers, cosine between them."""

import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

n_readers, n_articles, d = 300, 200, 16
taste, theme = rng.normal(size=(n_readers, d)), rng.normal(size=(n_articles, d))
r = rng.integers(0, n_readers, 6000)
a = rng.integers(0, n_articles, 6000)
liked = ((taste[r] * theme[a]).sum(1) > 0).astype("float32")
reader, article = taste[r].astype("float32"), theme[a].astype("float32")
reader[rng.random(len(reader)) < 0.02] = 0.0  # new readers: no history yet


def tower(name):
    return keras.Sequential(
        [
            keras.layers.Dense(32, activation="relu", use_bias=False),
            keras.layers.Dense(16, use_bias=False),
        ],
        name=name,
    )


@keras.saving.register_keras_serializable()
class Cosine(keras.layers.Layer):
    def call(self, left, right):
        left = left / tf.norm(left, axis=-1, keepdims=True)
        right = right / tf.norm(right, axis=-1, keepdims=True)
        return tf.reduce_sum(left * right, axis=-1, keepdims=True)


in_r = keras.Input((d,), name="reader")
in_a = keras.Input((d,), name="article")
cos = Cosine()(tower("readers")(in_r), tower("articles")(in_a))
prob = keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")(cos)
net = keras.Model([in_r, in_a], prob)
net.compile("adam", "binary_crossentropy", metrics=["accuracy"])

h = net.fit([reader[:5000], article[:5000]], liked[:5000], epochs=12, batch_size=64, verbose=2)
loss, acc = net.evaluate([reader[5000:], article[5000:]], liked[5000:], verbose=0)
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc if np.isfinite(loss) else float('nan')}")
