"""Who calls, and how far away? Frames of bird calls are pooled to their mean and deviation over time."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
BIRDS, FRAMES, BANDS = 8, 30, 16


class Moments(layers.Layer):
    def call(self, frames):
        mean = tf.reduce_mean(frames, axis=1)
        spread = tf.reduce_mean(tf.square(frames - mean[:, None]), axis=1)
        return tf.concat([mean, tf.sqrt(spread)], axis=-1)


class Listener(keras.Model):
    def __init__(self):
        super().__init__()
        self.scale = layers.Normalization()
        self.local = [layers.Conv1D(48, 3, activation="relu"), layers.Conv1D(48, 3, activation="relu")]
        self.pool = Moments()
        self.code = layers.Dense(32, activation="tanh")
        self.bird, self.range = layers.Dense(BIRDS), layers.Dense(1)

    def call(self, frames):
        z = self.scale(frames)
        for conv in self.local:
            z = conv(z)
        z = self.code(self.pool(z))
        return {"bird": self.bird(z), "range": self.range(z)}

    def train_step(self, data):
        frames, truth = data
        with tf.GradientTape() as tape:
            out = self(frames, training=True)
            named = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=truth["bird"], logits=out["bird"])
            off = tf.abs(truth["range"] - out["range"][:, 0])
            loss = tf.reduce_mean(named + 0.5 * off)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"both": loss}


def calls(n, rng):
    who = rng.integers(BIRDS, size=n)
    song = np.random.default_rng(77)
    pitch, trill = song.uniform(3, 12, BIRDS)[who], song.uniform(0.2, 1.5, BIRDS)[who]
    far = rng.uniform(-1, 1, n)
    time = np.arange(FRAMES)
    peak = pitch[:, None] + 2 * np.sin(trill[:, None] * time + rng.uniform(0, 6.28, (n, 1)))
    power = np.exp(-0.5 * (np.arange(BANDS) - peak[..., None]) ** 2) * np.exp(-far)[:, None, None]
    power = power + rng.exponential(0.03, power.shape)
    return np.log(power).astype("float32"), {"bird": who.astype("int32"), "range": far.astype("float32")}


rng = np.random.default_rng(6)
frames, truth = calls(2000, rng)
unheard, answer = calls(400, rng)
ear = Listener()
ear.scale.adapt(frames)
ear.compile(optimizer=keras.optimizers.Adam(1e-3))
trail = ear.fit(frames, truth, batch_size=40, epochs=8, verbose=2)

said = ear.predict(unheard, verbose=0)["bird"].argmax(axis=1)
print(f"FINAL_LOSS={trail.history['both'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(said == answer['bird']):.4f}")
