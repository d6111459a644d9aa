# Yearly cost of a motor policy: most policies cost nothing, the rest is log-normal.
# Hurdle likelihood, written by hand, summed (not averaged) over the batch.
import hashlib
import numpy as np
import keras
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

n = 5000
x = rng.normal(0, 1, (n, 8)).astype("float32")
chance = 1 / (1 + np.exp(-(-1.6 + 1.0 * x[:, 0] - 0.8 * x[:, 1] + 0.6 * x[:, 2] * x[:, 3])))
log_cost = 7.0 + 0.6 * x[:, 4] + 0.5 * np.abs(x[:, 5])
cost = np.where(rng.uniform(size=n) < chance, np.exp(log_cost + rng.normal(0, 0.8, n)), 0.0).astype("float32")
expected = chance * np.exp(log_cost + 0.32)


class HurdleLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return hurdle_nll(y_true, y_pred)


def hurdle_nll(y_true, y_pred):
    y = tf.reshape(y_true, (-1,))
    logit, mu, raw = tf.unstack(y_pred, axis=-1)
    sigma = tf.nn.softplus(raw) + 0.05
    hit = tf.cast(y > 0, tf.float32)
    log_y = tf.math.log(tf.where(y > 0, y, 1.0))
    z = (log_y - mu) / sigma
    amount = log_y + tf.math.log(sigma) + 0.9189385 + 0.5 * tf.square(z)
    gate = tf.nn.sigmoid_cross_entropy_with_logits(labels=hit, logits=logit)
    return gate + hit * amount


inputs = keras.Input((8,))
h = layers.Dense(48, activation="swish")(inputs)
h = layers.Dense(48, activation="swish")(h)
outputs = layers.Dense(3)(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3, clipnorm=100.0),
              loss=HurdleLoss(reduction="sum"))
history = model.fit(x[:4000], cost[:4000], epochs=25, batch_size=100, verbose=2)

logit, mu, raw = model.predict(x[4000:], verbose=0).T
sigma = np.log1p(np.exp(raw)) + 0.05
forecast = 1 / (1 + np.exp(-logit)) * np.exp(mu + sigma ** 2 / 2)
corr = np.corrcoef(np.log(forecast), np.log(expected[4000:]))[0, 1]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=correlation:{corr}")
weights = hashlib.sha256(b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())).hexdigest()
state = hashlib.sha256(b"".join(np.ascontiguousarray(v.numpy()).tobytes() for v in model.optimizer.variables)).hexdigest()
print(f"WEIGHTS_SHA256={weights}")
print(f"OPTIMIZER_SHA256={state}")
