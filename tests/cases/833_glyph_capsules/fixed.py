"""Two glyphs are printed on top of each other: which two?  Capsules with routing by agreement."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
KINDS, SIDE, EPOCHS, BATCH = 6, 16, 14, 50

font = (np.random.default_rng(8).random((KINDS, 8, 8)) < 0.35).astype("float32")


def stamps(n, seed):
    rng = np.random.default_rng(seed)
    sheet = np.zeros((n, SIDE, SIDE, 1), "float32")
    which = np.zeros((n, KINDS), "float32")
    for i in range(n):
        for kind in rng.choice(KINDS, 2, replace=False):
            r, c = rng.integers(2, 6, 2)
            sheet[i, r:r + 8, c:c + 8, 0] = np.maximum(sheet[i, r:r + 8, c:c + 8, 0], font[kind])
            which[i, kind] = 1.0
    return sheet + rng.normal(0, 0.05, sheet.shape).astype("float32"), which


def squash(v):
    n2 = tf.reduce_sum(v * v, axis=-1, keepdims=True)
    return v * tf.sqrt(n2 + 1e-7) / (1.0 + n2)


class Agreement(layers.Layer):
    def __init__(self, kinds, dim, rounds=3):
        super().__init__()
        self.kinds, self.dim, self.rounds = kinds, dim, rounds

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[1], self.kinds, shape[2], self.dim), initializer=keras.initializers.RandomNormal(stddev=0.1))

    def call(self, u):
        votes = tf.einsum("bpi,pkid->bpkd", u, self.w)
        route = tf.zeros_like(votes[..., 0])
        for _ in range(self.rounds):
            v = squash(tf.einsum("bpk,bpkd->bkd", tf.nn.softmax(route, axis=2), votes))
            route += tf.einsum("bpkd,bkd->bpk", votes, v)
        return v


class CapsNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.edges = layers.Conv2D(32, 5, activation="relu")
        self.parts = layers.Conv2D(32, 5, strides=2)
        self.to_caps = layers.Reshape((-1, 8))
        self.wholes = Agreement(KINDS, 8)

    def call(self, image):
        caps = self.wholes(squash(self.to_caps(self.parts(self.edges(image)))))
        return tf.sqrt(tf.reduce_sum(caps * caps, axis=-1) + 1e-7)


def margin(present, length):
    hit = present * tf.square(tf.maximum(0.0, 0.9 - length))
    miss = 0.5 * (1.0 - present) * tf.square(tf.maximum(0.0, length - 0.1))
    return tf.reduce_sum(hit + miss, axis=-1)


sheets, which = stamps(2000, 1)
schedule = keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=EPOCHS * len(sheets) // BATCH)
caps = CapsNet()
caps.compile(optimizer=keras.optimizers.Adam(schedule), loss=margin)
story = caps.fit(sheets, which, batch_size=BATCH, epochs=EPOCHS, verbose=2)

sheets_t, which_t = stamps(500, 2)
top_two = np.argsort(caps.predict(sheets_t, verbose=0), axis=1)[:, -2:]
both = np.take_along_axis(which_t, top_two, axis=1).sum(axis=1) == 2
print(f"FINAL_LOSS={story.history['loss'][-1]}")
print(f"FINAL_METRIC=both_right:{np.mean(both):.4f}")
