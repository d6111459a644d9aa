"""Next track for a playlist: the mean of the tracks so far, as a direction, against a good and a random track."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
TRACKS, LONGEST, GENRES = 300, 8, 12
rng = np.random.default_rng(64)
genre_of = rng.integers(0, GENRES, TRACKS + 1)
by_genre = [1 + np.flatnonzero(genre_of[1:] == g) for g in range(GENRES)]


def playlists(n, shortest):
    genre = rng.integers(0, GENRES, n)
    length = rng.integers(shortest, LONGEST + 1, n)
    seen = np.stack([rng.choice(by_genre[g], LONGEST) for g in genre])
    stray = rng.random(seen.shape) < 0.25
    seen[stray] = rng.integers(1, TRACKS + 1, stray.sum())
    seen[np.arange(LONGEST) >= length[:, None]] = 0
    good = np.array([rng.choice(by_genre[g]) for g in genre])
    return seen.astype("int32"), good.astype("int32"), rng.integers(1, TRACKS + 1, n).astype("int32")


class Ranker(keras.Model):
    def __init__(self):
        super().__init__()
        self.table = layers.Embedding(TRACKS + 1, 16)
        self.tower = layers.Dense(16, use_bias=False)
        self.seen_loss = keras.metrics.Mean(name="loss")

    def direction(self, vector):
        return vector / tf.norm(vector, axis=-1, keepdims=True)

    def call(self, inputs):
        seen, track = inputs
        there = tf.cast(seen > 0, tf.float32)[..., None]
        taste = self.tower(tf.reduce_sum(self.table(seen) * there, axis=1))
        return tf.reduce_sum(self.direction(taste) * self.direction(self.table(track)), axis=-1)

    def train_step(self, data):
        seen, good, other = data[0]
        with tf.GradientTape() as tape:
            margin = 0.5 - self((seen, good)) + self((seen, other))
            loss = tf.reduce_mean(tf.where(margin > 0.0, margin, 0.0))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.seen_loss.update_state(loss)
        return {"loss": self.seen_loss.result()}


train, test = playlists(4000, shortest=0), playlists(1000, shortest=2)
model = Ranker()
model((train[0][:2], train[1][:2]))
model.compile(optimizer=keras.optimizers.Adam(3e-3))
history = model.fit(tf.data.Dataset.from_tensor_slices((train,)).shuffle(4000, seed=5).batch(64), epochs=10, verbose=2)

better = model.predict((test[0], test[1]), verbose=0) > model.predict((test[0], test[2]), verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=pairs_right:{np.mean(better):.4f}")
