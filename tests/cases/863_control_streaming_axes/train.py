"""Main axes of near infrared spectra of flour, learnt from the stream of the mill by Sanger's rule."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
WAVES, AXES = 64, 4
rng = np.random.default_rng(14)
grid = np.linspace(0, 1, WAVES)
peaks = np.stack([np.exp(-((grid - c) / w) ** 2) for c, w in [(0.2, 0.1), (0.45, 0.15), (0.7, 0.08), (0.85, 0.05)]])
amount = rng.normal(0, [3.0, 2.2, 1.6, 1.1], (12000, 4))
spectra = (amount @ peaks + rng.normal(0, 0.15, (12000, WAVES))).astype("float32")
spectra -= spectra[:10000].mean(0)


class Axes(keras.Model):
    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(WAVES, AXES), initializer=keras.initializers.RandomNormal(stddev=0.05), name="axes")
        self.rate = tf.Variable(4e-4, trainable=False)
        self.seen = keras.metrics.Mean(name="residual")

    def call(self, x):
        return tf.matmul(x, self.w)

    def train_step(self, x):
        w = tf.convert_to_tensor(self.w)
        y = tf.matmul(x, w)
        hebb = tf.matmul(x, y, transpose_a=True)
        inhibit = tf.matmul(w, tf.linalg.band_part(tf.matmul(y, y, transpose_a=True), 0, -1))
        self.w.assign_add(self.rate * (hebb - inhibit) / tf.cast(tf.shape(x)[0], tf.float32) * 20.0)
        self.rate.assign(self.rate * 0.9994)
        self.seen.update_state(tf.reduce_mean((x - tf.matmul(y, w, transpose_b=True)) ** 2))
        return {"residual": self.seen.result()}


model = Axes()
model.compile()
stream = tf.data.Dataset.from_tensor_slices(spectra[:10000]).shuffle(2000, seed=0).batch(20)
log = model.fit(stream, epochs=14, verbose=2)

fresh = spectra[10000:]
code = model.predict(fresh, verbose=0)
axes = model.get_weights()[0]
left = ((fresh - code @ axes.T) ** 2).sum()
_, _, vt = np.linalg.svd(spectra[:10000], full_matrices=False)
best = ((fresh - fresh @ vt[:AXES].T @ vt[:AXES]) ** 2).sum()
total = (fresh ** 2).sum()
print("share explained, best possible: %.4f" % (1 - best / total))
print("FINAL_LOSS=%f" % log.history["residual"][-1])
print("FINAL_METRIC=share_explained:%f" % (1 - left / total))
