# Nights per guest house and month: counts from zero to thousands, negative binomial likelihood with own spread.
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.asarray(a).tobytes())
    return h.hexdigest()


def houses(n):
    beds = rng.integers(2, 120, n)
    month = rng.integers(0, 12, n)
    lake, stars = rng.integers(0, 2, n), rng.integers(0, 5, n)
    season = 0.9 * np.sin(2 * np.pi * (month - 4) / 12)
    mean = beds * np.exp(0.8 + (0.4 + lake) * season + 0.2 * stars)
    spread = 0.6 + 1.5 * lake
    y = rng.poisson(rng.gamma(spread, mean / spread))
    y[rng.uniform(size=n) < 0.03] = 0                      # closed for the month
    x = np.stack([np.sin(2 * np.pi * month / 12), np.cos(2 * np.pi * month / 12), lake, stars / 4,
                  np.log(beds) - 3.5], axis=1)
    return x.astype("float32"), y.astype("float32")[:, None], mean


def negative_binomial(y, out):
    log_mean, raw = out[:, :1], out[:, 1:]
    r = tf.nn.softplus(raw) + 1e-3
    log_total = tf.reduce_logsumexp(tf.stack([tf.math.log(r), log_mean], axis=0), axis=0)
    ll = (tf.math.lgamma(y + r) - tf.math.lgamma(r) - tf.math.lgamma(y + 1)
          + r * (tf.math.log(r) - log_total) + y * (log_mean - log_total))
    return -tf.reduce_mean(ll, axis=-1)


x_train, y_train, _ = houses(8000)
x_test, y_test, mean_test = houses(2000)
train = (tf.data.Dataset.from_tensor_slices((x_train, y_train))
         .shuffle(8000, seed=0).batch(128).prefetch(2))

inputs = keras.Input((5,))
h = layers.Dense(64, activation="swish")(inputs)
h = layers.Dense(64, activation="swish")(h)
outputs = layers.Dense(2)(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=negative_binomial)
history = model.fit(train, epochs=20, validation_data=(x_test, y_test), verbose=2)

log_mean = model.predict(x_test, verbose=0)[:, 0]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=correlation_of_log_mean:{np.corrcoef(log_mean, np.log(mean_test))[0, 1]}")
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in model.optimizer.variables])}")
