import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

# where hire scooters are left: three streets, standardised map coordinates
n = 3000
street = rng.integers(0, 3, n)
along = rng.uniform(-1, 1, n)
xy = np.stack([along, np.zeros(n)], 1)
for k, angle in enumerate([0.2, 1.25, 2.3]):
    c, s = np.cos(angle), np.sin(angle)
    xy[street == k] = xy[street == k] @ np.array([[c, s], [-s, c]])
xy += rng.normal(0, 0.06, xy.shape)
xy = ((xy - xy.mean(0)) / xy.std(0)).astype("float32")
train, held = xy[:2500], xy[2500:]


class Coupling(layers.Layer):
    def __init__(self, first, **kw):
        super().__init__(**kw)
        self.first = first
        self.net = keras.Sequential([layers.Dense(48, activation="relu"),
                                     layers.Dense(48, activation="relu"),
                                     layers.Dense(2)])

    def build(self, shape):
        self.net.build((None, 1))

    def parts(self, cond):
        shift, raw = tf.split(self.net(cond), 2, axis=1)
        return shift, 1.5 * tf.tanh(raw)

    def call(self, x):
        a, b = tf.split(x, 2, axis=1)
        cond, moved = (a, b) if self.first else (b, a)
        shift, scale = self.parts(cond)
        moved = (moved - shift) * tf.exp(-scale)
        logdet = tf.reduce_sum(scale, axis=1)
        out = [cond, moved] if self.first else [moved, cond]
        return tf.concat(out, 1), logdet

    def back(self, z):
        a, b = tf.split(z, 2, axis=1)
        cond, moved = (a, b) if self.first else (b, a)
        shift, scale = self.parts(cond)
        moved = moved * tf.exp(scale) + shift
        out = [cond, moved] if self.first else [moved, cond]
        return tf.concat(out, 1)


class Flow(keras.Model):
    def __init__(self, depth=6):
        super().__init__()
        self.steps = [Coupling(i % 2 == 0) for i in range(depth)]
        self.nll = keras.metrics.Mean(name="nll")

    def call(self, x):
        total = 0.0
        for s in self.steps:
            x, ld = s(x)
            total += ld
        logp = -0.5 * tf.reduce_sum(x ** 2, 1) - np.log(2 * np.pi)
        return logp + total

    def draw(self, n):
        z = tf.random.normal((n, 2))
        for s in reversed(self.steps):
            z = s.back(z)
        return z.numpy()

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(self(data))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.nll.update_state(loss)
        return {"nll": self.nll.result()}

    @property
    def metrics(self):
        return [self.nll]


flow = Flow()
flow.compile(optimizer=keras.optimizers.Adam(1e-3))
data = tf.data.Dataset.from_tensor_slices(train).shuffle(2500).batch(128)
hist = flow.fit(data, epochs=40, verbose=0)
print("nll by epoch", [round(float(v), 2) for v in hist.history["nll"][::8]])

drawn = flow.draw(500)
near = np.sqrt(((drawn[:, None] - held[None]) ** 2).sum(-1)).min(1) < 0.15
print(f"FINAL_LOSS={hist.history['nll'][-1]:.6f}")
print(f"FINAL_METRIC=on_street_share:{near.mean():.4f}")
