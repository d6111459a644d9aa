"""Mosquito species from the sound of the wings: a bank of band-pass filters whose edges are learned."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
RATE, CLIP = 4000.0, 400
BEAT = {"culex": 390.0, "aedes": 520.0, "anopheles": 660.0, "toxo": 300.0}


def recordings(n, seed):
    g = np.random.default_rng(seed)
    species = g.integers(0, len(BEAT), n)
    base = np.array(list(BEAT.values()))[species] * g.normal(1.0, 0.04, n)
    t = np.arange(CLIP) / RATE
    clips = g.normal(0, 0.6, (n, CLIP))
    for harmonic, size in ((1, 1.0), (2, 0.5), (3, 0.25)):
        clips += size * np.sin(2 * np.pi * harmonic * base[:, None] * t + g.uniform(0, 6.28, (n, 1)))
    return clips[..., None].astype("float32"), species


def sinc(u):
    return tf.where(tf.equal(u, 0.0), tf.ones_like(u), tf.sin(u) / u)


class LearnedBands(layers.Layer):
    def __init__(self, bands, taps):
        super().__init__()
        self.bands, self.taps = bands, taps
        self.window = tf.constant(np.hamming(taps)[:, None], tf.float32)
        self.lag = tf.constant(np.arange(taps)[:, None] - taps // 2, tf.float32)

    def build(self, shape):
        edges = np.linspace(100.0, 1500.0, self.bands + 1) / RATE
        self.low = self.add_weight(shape=(self.bands,), initializer=keras.initializers.Constant(0.0), name="low")
        self.band = self.add_weight(shape=(self.bands,), initializer=keras.initializers.Constant(0.0), name="band")
        self.low.assign(edges[:-1])
        self.band.assign(np.diff(edges))

    def call(self, x):
        f1 = tf.abs(self.low)
        f2 = f1 + tf.abs(self.band)
        kernel = 2 * f2 * sinc(2 * np.pi * f2 * self.lag) - 2 * f1 * sinc(2 * np.pi * f1 * self.lag)
        kernel = (kernel * self.window)[:, None, :]
        return tf.nn.conv1d(x, kernel, stride=2, padding="SAME")


net = keras.Sequential(
    [
        keras.Input((CLIP, 1)),
        LearnedBands(20, 101),
        layers.Lambda(tf.square),
        layers.GlobalAveragePooling1D(),
        layers.LayerNormalization(),
        layers.Dense(24, activation="relu"),
        layers.Dense(len(BEAT)),
    ]
)
net.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
x, y = recordings(1200, 0)
log = net.fit(x, y, batch_size=30, epochs=12, verbose=2)

x_new, y_new = recordings(400, 1)
hit = np.mean(net.predict(x_new, verbose=0).argmax(1) == y_new)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{hit:.4f}")
