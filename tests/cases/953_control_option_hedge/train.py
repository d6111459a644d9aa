"""Hedge of a sold call option; one small network chooses the holding at each of 12 dates."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)

DATES, VOL, STRIKE, AVERSION = 12, 0.2, 100.0, 0.8
dt = 0.25 / DATES


def paths(n):
    steps = VOL * np.sqrt(dt) * rng.normal(0, 1, (n, DATES)) - 0.5 * VOL ** 2 * dt
    logs = np.concatenate([np.zeros((n, 1)), np.cumsum(steps, axis=1)], axis=1)
    return (100.0 * np.exp(logs)).astype("float32")


class Hedger(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = keras.Sequential([
            layers.Input((2,)),
            layers.Dense(24, activation="relu"),
            layers.Dense(24, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ])
        self.risk_mean = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.risk_mean]

    def call(self, price):
        """Gain or loss at the end, in money, without any premium."""
        gain = -tf.nn.relu(price[:, -1] - STRIKE)
        for k in range(DATES):
            money = 20.0 * tf.math.log(price[:, k:k + 1] / STRIKE)
            left = tf.fill(tf.shape(money), 1.0 - k / DATES)
            hold = self.net(tf.concat([money, left], axis=1))[:, 0]
            gain += hold * (price[:, k + 1] - price[:, k])
        return gain

    def train_step(self, price):
        with tf.GradientTape() as tape:
            gain = self(price, training=True)
            n = tf.cast(tf.shape(gain)[0], tf.float32)
            risk = (tf.reduce_logsumexp(-AVERSION * gain) - tf.math.log(n)) / AVERSION
        grads = tape.gradient(risk, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.risk_mean.update_state(risk)
        return {"loss": self.risk_mean.result()}


train = tf.data.Dataset.from_tensor_slices(paths(20000)).shuffle(20000, seed=5).batch(500)
model = Hedger()
model.compile(optimizer=keras.optimizers.Adam(3e-3))
hist = model.fit(train, epochs=10, verbose=2)

test = paths(5000)
hedged = model.predict(test, batch_size=1000, verbose=0)
bare = -np.maximum(test[:, -1] - STRIKE, 0)
removed = 1 - hedged.var() / bare.var()


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=variance_removed:{removed:.6f}")
