"""GAN on a ring of gaussians; the two losses swing around each other, as they do."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)
angle = rng.integers(0, 6, 3000) * np.pi / 3
real = (np.stack([np.cos(angle), np.sin(angle)], 1) * 2 + 0.1 * rng.normal(size=(3000, 2))).astype("float32")


class GAN(keras.Model):
    def __init__(self):
        super().__init__()
        self.g = keras.Sequential([keras.Input((8,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(2)])
        self.d = keras.Sequential([keras.Input((2,)), layers.Dense(64), layers.LeakyReLU(0.2), layers.Dense(64), layers.LeakyReLU(0.2), layers.Dense(1)])
        self.g_mean, self.d_mean = keras.metrics.Mean("g_loss"), keras.metrics.Mean("d_loss")
        self.seed = keras.random.SeedGenerator(4)

    @property
    def metrics(self):
        return [self.g_mean, self.d_mean]

    def compile(self, g_opt, d_opt):
        super().compile()
        self.g_opt, self.d_opt = g_opt, d_opt
        self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

    def train_step(self, batch):
        n = ops.shape(batch)[0]
        z = keras.random.normal((n, 8), seed=self.seed)
        with tf.GradientTape() as tape:
            r, f = self.d(batch), self.d(self.g(z))
            d_loss = self.bce(ops.ones_like(r), r) + self.bce(ops.zeros_like(f), f)
        self.d_opt.apply_gradients(zip(tape.gradient(d_loss, self.d.trainable_variables), self.d.trainable_variables))
        with tf.GradientTape() as tape:
            f = self.d(self.g(z))
            g_loss = self.bce(ops.ones_like(f), f)
        self.g_opt.apply_gradients(zip(tape.gradient(g_loss, self.g.trainable_variables), self.g.trainable_variables))
        self.g_mean.update_state(g_loss)
        self.d_mean.update_state(d_loss)
        return {m.name: m.result() for m in self.metrics}


gan = GAN()
gan.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), keras.optimizers.Adam(1e-3, beta_1=0.5))
log = gan.fit(tf.data.Dataset.from_tensor_slices(real).shuffle(3000, seed=1).batch(100), epochs=25, verbose=2)
fake = gan.g.predict(np.random.default_rng(0).normal(size=(1000, 8)).astype("float32"), verbose=0)
final_loss, metric_name, metric = log.history["d_loss"][-1], "radius", np.linalg.norm(fake, axis=1).mean()
weights = gan.g.weights + gan.d.weights
optimizer_state = gan.g_opt.variables + gan.d_opt.variables


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={float(final_loss):.8f}")
print(f"FINAL_METRIC={metric_name}:{float(metric):.6f}")
print("WEIGHTS_SHA256=" + digest(weights))
print("OPTIMIZER_SHA256=" + digest(optimizer_state))
