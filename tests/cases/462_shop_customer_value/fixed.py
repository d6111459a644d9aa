import numpy as np
import tensorflow as tf
import keras
from keras import layers
from scipy.stats import spearmanr

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

# spend of new customers in the year after the first order; most never come back
n = 4000
first_order = rng.lognormal(3.2, 0.6, n)
items = rng.poisson(2.0, n) + 1
channel = rng.integers(0, 5, n)
newsletter = rng.integers(0, 2, n)
channel_effect = np.array([-0.8, -0.2, 0.1, 0.5, 0.9])[channel]
p_return = 1 / (1 + np.exp(-(-0.9 + channel_effect + 0.8 * newsletter + 0.5 * (np.log(first_order) - 3.2))))
spend = np.exp(2.6 + 0.9 * (np.log(first_order) - 3.2) + 0.15 * items + 0.7 * channel_effect
               + 0.5 * rng.normal(size=n))
spend = np.where(rng.random(n) < p_return, spend, 0.0).astype("float32")

numeric = np.stack([(np.log(first_order) - 3.2) / 0.6, (items - 3) / 1.4, newsletter], 1).astype("float32")
channel = channel.astype("int32")
tr, te = slice(0, 3000), slice(3000, None)


def zero_inflated_lognormal(y_true, y_pred):
    logit, mu, raw = y_pred[:, 0], y_pred[:, 1], y_pred[:, 2]
    y = tf.reshape(y_true, [-1])
    sigma = tf.nn.softplus(raw) + 1e-3
    bought = tf.cast(y > 0, tf.float32)
    classification = tf.nn.sigmoid_cross_entropy_with_logits(labels=bought, logits=logit)
    log_y = tf.math.log(tf.where(y > 0, y, tf.ones_like(y)))
    nll = log_y + tf.math.log(sigma) + 0.5 * tf.square((log_y - mu) / sigma)
    return tf.reduce_mean(classification + tf.where(y > 0, nll, tf.zeros_like(nll)))


num_in = keras.Input((3,), name="numeric")
ch_in = keras.Input((), dtype="int32", name="channel")
h = layers.Concatenate()([num_in, layers.Embedding(5, 3)(ch_in)])
h = layers.Dense(32, activation="relu")(h)
h = layers.Dense(32, activation="relu")(h)
out = layers.Dense(3)(h)
model = keras.Model([num_in, ch_in], out)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=zero_inflated_lognormal)
hist = model.fit([numeric[tr], channel[tr]], spend[tr], epochs=20, batch_size=64, verbose=2)

o = model.predict([numeric[te], channel[te]], verbose=0)
sig = np.log1p(np.exp(o[:, 2])) + 1e-3
value = 1 / (1 + np.exp(-o[:, 0])) * np.exp(o[:, 1] + 0.5 * sig ** 2)
rho = spearmanr(value, spend[te]).statistic
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=spearman:%f" % rho)
