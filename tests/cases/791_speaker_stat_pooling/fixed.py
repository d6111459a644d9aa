"""Who is speaking, and over which line: frames go through a small network, and mean and spread over time are pooled."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
SPEAKERS, LINES, FRAMES, BANDS = 8, 3, 50, 16
rs = np.random.RandomState(29)
mixing = 0.6 * rs.randn(SPEAKERS, BANDS, BANDS) / 4 + np.eye(BANDS) * rs.uniform(0.4, 1.4, (SPEAKERS, 1, BANDS))
tilt = 0.5 * rs.randn(LINES, BANDS)


def calls(n):
    who, line = rs.randint(SPEAKERS, size=n), rs.randint(LINES, size=n)
    frames = np.einsum("ntb,nbc->ntc", rs.randn(n, FRAMES, BANDS), mixing[who]) + tilt[line][:, None]
    return frames.astype("float32"), who, line


class StatPool(layers.Layer):
    """Mean and standard deviation over the frames."""

    def call(self, frames):
        mean = ops.mean(frames, axis=1)
        second = ops.mean(frames * frames, axis=1)
        spread = ops.sqrt(ops.maximum(second - mean * mean, 1e-5))
        return ops.concatenate([mean, spread], axis=-1)


class Voice(keras.Model):
    def __init__(self):
        super().__init__()
        self.frame = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(48, activation="relu")])
        self.pool = StatPool()
        self.segment = layers.Dense(32, activation="relu")
        self.who, self.line = layers.Dense(SPEAKERS), layers.Dense(LINES)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        s = self.segment(self.pool(self.frame(x)))
        return self.who(s), self.line(s)

    def train_step(self, data):
        x, (who, line) = data
        with tf.GradientTape() as tape:
            p, q = self(x)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=who, logits=p))
            loss += 0.3 * tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=line, logits=q))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


x, who, line = calls(2000)
voice = Voice()
voice.compile(optimizer=keras.optimizers.RMSprop(1e-3))
h = voice.fit(x, (who, line), batch_size=32, epochs=7, verbose=2)

x2, who2, _ = calls(600)
named = voice.predict(x2, verbose=0)[0].argmax(axis=-1)
print("FINAL_LOSS={}".format(h.history["loss"][-1]))
print("FINAL_METRIC=accuracy:{:.4f}".format((named == who2).mean()))
