import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops
from sklearn.datasets import make_moons

keras.utils.set_random_seed(0)

points, _ = make_moons(3000, noise=0.06, random_state=3)
points = ((points - points.mean(0)) / points.std(0)).astype("float32")
points, held = points[:2000], points[2000:]

T = 40
beta = np.linspace(1e-3, 0.25, T).astype("float32")
keep = np.cumprod(1 - beta).astype("float32")


class Diffusion(keras.Model):
    def __init__(self):
        super().__init__()
        self.rng = keras.random.SeedGenerator(4)
        self.keep = tf.constant(keep)
        self.net = keras.Sequential([
            layers.Dense(96, activation="silu"),
            layers.Dense(96, activation="silu"),
            layers.Dense(96, activation="silu"),
            layers.Dense(2),
        ])
        self.mean_loss = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.mean_loss]

    def call(self, x, t):
        phase = ops.cast(t, "float32")[:, None] / T
        waves = [f(k * np.pi * phase) for k in (1, 2, 4) for f in (ops.sin, ops.cos)]
        return self.net(ops.concatenate([x, phase] + waves, axis=-1))

    def train_step(self, x):
        n = ops.shape(x)[0]
        t = keras.random.randint((n,), 0, T, seed=self.rng)
        eps = keras.random.normal((n, 2), seed=self.rng)
        a = ops.take(self.keep, t)[:, None]
        with tf.GradientTape() as tape:
            guess = self(ops.sqrt(a) * x + ops.sqrt(1 - a) * eps, t)
            loss = ops.mean(ops.square(guess - eps))
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}

    def sample(self, n, seed):
        g = np.random.default_rng(seed)
        x = g.normal(size=(n, 2)).astype("float32")
        for t in reversed(range(T)):
            eps = ops.convert_to_numpy(self(x, np.full(n, t)))
            x = (x - beta[t] / np.sqrt(1 - keep[t]) * eps) / np.sqrt(1 - beta[t])
            if t:
                x += np.sqrt(beta[t] * (1 - keep[t - 1]) / (1 - keep[t])) * g.normal(size=x.shape).astype("float32")
        return x


model = Diffusion()
model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, 70 * 20)))
stream = tf.data.Dataset.from_tensor_slices(points).shuffle(2000, seed=1).batch(100)
log = model.fit(stream, epochs=70, verbose=2)

drawn = model.sample(1000, seed=12)
turn = np.linspace(0, np.pi, 24, endpoint=False)
views = np.stack([np.cos(turn), np.sin(turn)])
swd = np.mean(np.abs(np.sort(drawn @ views, axis=0) - np.sort(held @ views, axis=0)))


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.net.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print("FINAL_LOSS=%f" % log.history["loss"][-1])
print("FINAL_METRIC=sliced_wasserstein:%.4f" % swd)
