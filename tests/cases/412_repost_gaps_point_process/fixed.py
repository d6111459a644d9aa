# Recurrent marked point process for reposts: when does the next one come?
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from scipy.stats import spearmanr

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)

N, LENGTH = 900, 20

# gaps between reposts in seconds, bursts slow down and speed up again
pace = np.zeros((N, LENGTH + 1))
pace[:, 0] = rng.normal(0, 1.0, N)
for t in range(1, LENGTH + 1):
    pace[:, t] = 0.9 * pace[:, t - 1] + 0.45 * rng.normal(size=N)
gaps = rng.exponential(1.0, pace.shape) * np.exp(5.5 + 1.2 * pace)

time_unit = 3600.0
gaps = (gaps / time_unit).astype("float32")

past, nxt = gaps[:, :-1, None], gaps[:, 1:]
cut = 750


class Intensity(layers.Layer):
    """Returns the log base rate and the growth of the rate since the last event."""

    def build(self, shape):
        self.v = self.add_weight(shape=(shape[-1], 1), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(), initializer="zeros")
        self.w = self.add_weight(shape=(), initializer=keras.initializers.Constant(0.1))

    def call(self, h):
        base = tf.matmul(h, self.v) + self.b
        return tf.concat([base, tf.ones_like(base) * self.w], axis=-1)


inp = layers.Input((LENGTH, 1))
h = layers.Lambda(lambda g: tf.math.log1p(g))(inp)
h = layers.GRU(24, return_sequences=True)(h)
model = keras.Model(inp, Intensity()(h))


def negative_log_likelihood(gap, pred):
    base, w = pred[..., 0], pred[..., 1]
    log_rate = base + w * gap
    integral = (tf.exp(base + w * gap) - tf.exp(base)) / w
    return tf.reduce_mean(integral - log_rate, axis=-1)


model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=negative_log_likelihood)

for epoch in range(15):
    order = rng.permutation(cut)
    losses = []
    for start in range(0, cut, 50):
        idx = order[start:start + 50]
        losses.append(model.train_on_batch(past[idx], nxt[idx]))
    print(f"epoch {epoch + 1}: nll {losses[-1]:.4f}")

pred = model.predict(past[cut:], verbose=0)
base, w = pred[..., 0], pred[..., 1]
median = np.log1p(np.maximum(w * np.log(2.0) * np.exp(-base), -0.999)) / w * time_unit
rho = spearmanr(median.ravel(), nxt[cut:].ravel()).statistic
print(f"FINAL_LOSS={float(losses[-1]):.6f}")
print(f"FINAL_METRIC=rank_correlation:{rho:.6f}")
