"""Vehicles per five minutes on every stretch of a road net, with a Poisson likelihood."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)
ROADS, SNAPSHOTS = 24, 900

# the net: a ring with some short cuts
links = np.eye(ROADS)
for r in range(ROADS):
    links[r, (r + 1) % ROADS] = links[(r + 1) % ROADS, r] = 1
for a, b in rng.integers(0, ROADS, (14, 2)):
    links[a, b] = links[b, a] = 1
degree = links.sum(1)
hop = (links / np.sqrt(np.outer(degree, degree))).astype("float32")

metres = rng.uniform(150, 2400, ROADS)
lanes = rng.integers(1, 4, ROADS)
limit = rng.choice([30, 50, 70, 100], ROADS)
capacity = lanes * rng.uniform(700, 1900, ROADS)

minute = rng.integers(0, 1440, SNAPSHOTS)
demand = 0.15 + np.exp(-(((minute - 480) / 110.0) ** 2)) + 0.9 * np.exp(-(((minute - 1050) / 140.0) ** 2))
upstream = demand[:, None] * capacity / 90.0 * rng.gamma(12, 1 / 12, (SNAPSHOTS, ROADS))
rate = 1.5 + 0.7 * (upstream @ hop.T) / np.sqrt(3) + 3 * demand[:, None] * lanes
count = rng.poisson(rate).astype("float32")

still = np.stack([metres, lanes, limit, capacity], axis=1)
feature = np.concatenate(
    [
        np.broadcast_to(still, (SNAPSHOTS, ROADS, 4)),
        np.broadcast_to(minute[:, None, None], (SNAPSHOTS, ROADS, 1)),
        rng.poisson(upstream)[..., None],
    ],
    axis=2,
).astype("float32")


class Hop(keras.layers.Layer):
    def __init__(self, units, activation=None):
        super().__init__()
        self.own = keras.layers.Dense(units)
        self.around = keras.layers.Dense(units, use_bias=False)
        self.act = keras.activations.get(activation)

    def call(self, x):
        return self.act(self.own(x) + tf.einsum("ij,bjf->bif", hop, self.around(x)))


class RoadNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = Hop(32, "relu")
        self.second = Hop(32, "relu")
        self.rate = keras.layers.Dense(1)
        self.mean_nll = keras.metrics.Mean(name="loss")

    def call(self, x):
        log_rate = self.rate(self.second(self.first(x)))
        return tf.exp(log_rate[..., 0])

    def train_step(self, data):
        x, n = data
        with tf.GradientTape() as tape:
            lam = self(x, training=True)
            nll = tf.reduce_mean(lam - n * tf.math.log(lam + 1e-7))
        self.optimizer.apply(tape.gradient(nll, self.trainable_variables), self.trainable_variables)
        self.mean_nll.update_state(nll)
        return {"loss": self.mean_nll.result()}


net = RoadNet()
net.compile(optimizer=keras.optimizers.RMSprop(1e-3))
log = net.fit(feature[:700], count[:700], batch_size=20, epochs=20, verbose=2)

lam = net.predict(feature[700:], verbose=0)
r2 = 1 - np.mean((lam - count[700:]) ** 2) / count[700:].var()
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
