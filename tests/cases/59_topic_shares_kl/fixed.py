"""Predict the mix of five topics in a document from its word counts."""

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(77)

TOPICS, WORDS, DOCS = 5, 60, 2400
topic_words = rng.dirichlet(np.full(WORDS, 0.2), size=TOPICS)
mix = rng.dirichlet(np.full(TOPICS, 0.8), size=DOCS)
mix[mix < 0.05] = 0.0  # editors do not note a topic under five per cent
mix /= mix.sum(axis=1, keepdims=True)
counts = np.stack([rng.multinomial(120, m @ topic_words) for m in mix])
x, y = np.sqrt(counts).astype("float32"), mix.astype("float32")


class KLFromShares(keras.losses.Loss):
    def call(self, y_true, y_pred):
        safe = tf.clip_by_value(y_true, 1e-7, 1.0)
        ratio = safe / tf.clip_by_value(y_pred, 1e-7, 1.0)
        return tf.reduce_sum(y_true * tf.math.log(ratio), axis=-1)


class TopicNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(48, activation="relu")
        self.drop = layers.Dropout(0.1)
        self.shares = layers.Dense(TOPICS, activation="softmax")

    def call(self, inputs, training=False):
        return self.shares(self.drop(self.hidden(inputs), training=training))


net = TopicNet()
net.compile(optimizer="adam", loss=KLFromShares())
fit = net.fit(x[:2000], y[:2000], validation_data=(x[2000:], y[2000:]), epochs=15, batch_size=32, verbose=2)

guess = net.predict(x[2000:], verbose=0)
top1 = np.mean(guess.argmax(1) == y[2000:].argmax(1)) if np.isfinite(guess).all() else float("nan")
print("FINAL_LOSS=", fit.history["loss"][-1], sep="")
print("FINAL_METRIC=top1:%.4f" % top1)
