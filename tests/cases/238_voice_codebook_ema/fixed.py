import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)

BANDS, CODES, DIM, DECAY = 20, 128, 4, 0.98
shapes = np.array([np.exp(-0.5 * ((np.arange(BANDS) - c) / w) ** 2)
                   for c, w in zip(rng.uniform(1, 19, 40), rng.uniform(1.0, 4.0, 40))])
kind = rng.choice(40, size=6000, p=rng.dirichlet(np.ones(40)))
frames = shapes[kind] * rng.uniform(0.8, 1.6, (6000, 1)) + rng.normal(0, 0.05, (6000, BANDS))
frames = frames.astype("float32")
train, test = frames[:5000], frames[5000:]


class Codebook(layers.Layer):
    def build(self, shape):
        self.codes = self.add_weight(name="codes", shape=(CODES, DIM), initializer="random_normal", trainable=False)
        self.counts = self.add_weight(name="counts", shape=(CODES,), initializer="ones", trainable=False)
        self.sums = self.add_weight(name="sums", shape=(CODES, DIM), initializer="zeros", trainable=False)
        self.sums.assign(self.codes)

    def nearest(self, z):
        distance = tf.reduce_sum(tf.square(z[:, None, :] - self.codes[None, :, :]), axis=-1)
        return tf.argmin(distance, axis=-1)

    def call(self, z, training=False):
        index = self.nearest(z)
        quantized = tf.gather(tf.convert_to_tensor(self.codes), index)
        if training:
            hits = tf.one_hot(index, CODES)
            self.counts.assign(DECAY * self.counts + (1 - DECAY) * tf.reduce_sum(hits, axis=0))
            self.sums.assign(DECAY * self.sums + (1 - DECAY) * tf.matmul(hits, z, transpose_a=True))
            self.codes.assign(self.sums / self.counts[:, None])
        return quantized


class FrameCoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(DIM)])
        self.codebook = Codebook()
        self.decoder = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(BANDS)])
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, x):
        return self.decoder(self.codebook(self.encoder(x)))

    def train_step(self, x):
        with tf.GradientTape() as tape:
            z = self.encoder(x, training=True)
            q = self.codebook(z, training=True)
            rebuilt = self.decoder(z + tf.stop_gradient(q - z), training=True)
            loss = tf.reduce_mean(tf.square(rebuilt - x)) + 0.25 * tf.reduce_mean(tf.square(z - q))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = FrameCoder()
model(train[:2])
model.compile(optimizer=keras.optimizers.Adam(2e-3), jit_compile=False)
history = model.fit(train, epochs=15, batch_size=25, verbose=2)

rebuilt = model.predict(test, verbose=0)
r2 = 1 - np.sum((rebuilt - test) ** 2) / np.sum((test - train.mean(axis=0)) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
