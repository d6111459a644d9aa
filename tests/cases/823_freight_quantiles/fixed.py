"""Price band of a freight order: 10 %, 50 % and 90 % quantile of the auction price, in won."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)
QUANTILES = [0.1, 0.5, 0.9]


def auctions(n):
    km = rng.gamma(2.0, 180.0, n)
    tonnes = rng.uniform(0.5, 18.0, n)
    lead_days = rng.integers(0, 21, n)
    cooled = rng.integers(0, 2, n)
    price = 110000 + km * (800 + 125 * tonnes) * (1 + 0.35 * cooled) * (1.3 - 0.02 * lead_days)
    price *= np.exp(rng.normal(0, 0.12, n))
    feats = np.stack([km / 1000.0, tonnes / 10.0, lead_days / 10.0, cooled], axis=1)
    return feats.astype("float32"), price.astype("float32")


class QuantileBand(keras.Model):
    def __init__(self, qs):
        super().__init__()
        self.qs = tf.constant(qs, dtype=tf.float32)
        self.trunk = [layers.Dense(48, activation="gelu"), layers.Dense(48, activation="gelu")]
        self.heads = [layers.Dense(1) for _ in qs]
        self.track = keras.metrics.Mean(name="pinball")

    def call(self, x):
        for block in self.trunk:
            x = block(x)
        return tf.concat([head(x) for head in self.heads], axis=-1)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            err = tf.expand_dims(y, -1) - self(x, training=True)
            pinball = tf.reduce_mean(tf.maximum(self.qs * err, (self.qs - 1.0) * err))
        self.optimizer.apply(tape.gradient(pinball, self.trainable_variables), self.trainable_variables)
        self.track.update_state(pinball)
        return {"pinball": self.track.result()}

    @property
    def metrics(self):
        return [self.track]


orders, won = auctions(4000)
later_orders, later_won = auctions(1000)
centre, spread = won.mean(), won.std()
won = (won - centre) / spread

band = QuantileBand(QUANTILES)
band.compile(optimizer=keras.optimizers.Adam(2e-3))
run = band.fit(orders, won, batch_size=64, epochs=20, verbose=2)

middle = band.predict(later_orders, verbose=0)[:, 1] * spread + centre
r2 = 1 - np.sum((later_won - middle) ** 2) / np.sum((later_won - later_won.mean()) ** 2)
print(f"FINAL_LOSS={run.history['pinball'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
