import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

PLACES = 80
home = rng.uniform(-4, 4, (PLACES, 2))
hours = np.sqrt(((home[:, None] - home[None]) ** 2).sum(-1))
noise = rng.normal(1.0, 0.05, hours.shape)
travel = hours * np.sqrt(noise * noise.T)
np.fill_diagonal(travel, rng.uniform(0.1, 0.4, PLACES))
travel = travel.astype("float32")


class Atlas(keras.Model):
    """Puts every village on a map so that the map agrees with the travel times."""

    def __init__(self, travel):
        super().__init__()
        self.travel = tf.constant(travel)
        self.place = layers.Embedding(len(travel), 2, embeddings_initializer="random_normal")
        self.stress = keras.metrics.Mean(name="stress")

    @property
    def metrics(self):
        return [self.stress]

    def call(self, ids):
        return self.place(ids)

    def distances(self, ids):
        p = self(ids)
        gap = p[:, None, :] - p[None, :, :]
        return ops.sqrt(ops.maximum(ops.sum(ops.square(gap), axis=-1), 1e-9))

    def train_step(self, ids):
        wanted = tf.gather(tf.gather(self.travel, ids), ids, axis=1)
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.square(self.distances(ids) - wanted))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.stress.update_state(loss)
        return {"stress": self.stress.result()}


atlas = Atlas(travel)
atlas.compile(optimizer=keras.optimizers.Adam(0.05))
ids = tf.data.Dataset.range(PLACES).shuffle(PLACES, seed=5).batch(40).repeat(8)
log = atlas.fit(ids, epochs=40, verbose=2)

found = ops.convert_to_numpy(atlas.distances(ops.arange(PLACES)))
upper = np.triu_indices(PLACES, 1)
r2 = 1 - np.mean((found[upper] - hours[upper]) ** 2) / hours[upper].var()
print("FINAL_LOSS=%f" % log.history["stress"][-1])
print("FINAL_METRIC=distance_r2:%.4f" % r2)
