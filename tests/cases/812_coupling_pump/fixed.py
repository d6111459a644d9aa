"""Density of the normal states of a feed pump with affine couplings; rare states are told by their likelihood."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
LOG_2PI = float(np.log(2 * np.pi))


def states(n, rng, odd=False):
    rpm = rng.normal(2950.0, 60.0, n)
    flow = 0.11 * rpm + rng.normal(0.0, 3.0, n)
    head = 1200.0 - 0.003 * (flow - 200.0) ** 2 + rng.normal(0.0, 3.0, n)
    power = flow * head / 900.0 + rng.normal(0.0, 6.0, n)
    warm = 300.0 + 0.15 * power + rng.normal(0.0, 2.0, n)
    table = np.stack([rpm, flow, head, power, warm], axis=1)
    if odd:
        table = rng.permuted(table, axis=0)
    return table.astype("float32")


class Coupling(keras.layers.Layer):
    def __init__(self, keep):
        super().__init__()
        self.keep = tf.constant(keep, tf.float32)
        self.hidden = keras.layers.Dense(32, activation="relu")
        self.log_scale = keras.layers.Dense(len(keep))
        self.shift = keras.layers.Dense(len(keep))

    def call(self, x):
        h = self.hidden(x * self.keep)
        s = (1.0 - self.keep) * self.log_scale(h)
        t = (1.0 - self.keep) * self.shift(h)
        return x * tf.exp(s) + t, tf.reduce_sum(s, axis=-1)


class Flow(keras.Model):
    def __init__(self, depth, width):
        super().__init__()
        self.steps = [Coupling([(i + j) % 2 for j in range(width)]) for i in range(depth)]

    def call(self, x):
        total = 0.0
        for step in self.steps:
            x, logdet = step(x)
            total += logdet
        return total - 0.5 * tf.reduce_sum(x * x + LOG_2PI, axis=-1)

    def train_step(self, x):
        with tf.GradientTape() as tape:
            nll = -tf.reduce_mean(self(x))
        grads = tape.gradient(nll, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"nll": nll}


rng = np.random.default_rng(3)
x = states(4000, rng)
usual, unusual = states(600, rng), states(600, rng, odd=True)
centre, spread = x.mean(axis=0), x.std(axis=0)
x, usual, unusual = [(part - centre) / spread for part in (x, usual, unusual)]

flow = Flow(6, x.shape[1])
flow.compile(optimizer=keras.optimizers.Adam(2e-3))
past = flow.fit(x, batch_size=128, epochs=14, verbose=2)

high, low = flow.predict(usual, verbose=0), flow.predict(unusual, verbose=0)
print(f"FINAL_LOSS={past.history['nll'][-1]}")
print(f"FINAL_METRIC=auc:{np.mean(high[:, None] > low[None, :]):.4f}")
