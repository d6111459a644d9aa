"""Learn the score (gradient of the log density) of GPS scatter with denoising score matching."""
import hashlib

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)
MEANS = np.array([[-1.2, 0.0], [1.0, 0.9], [0.6, -1.1]])
SPREAD, SIGMA = 0.35, 0.15

which = rng.integers(0, 3, 6000)
points = (MEANS[which] + SPREAD * rng.normal(size=(6000, 2))).astype("float32")


def true_score(x):
    v = SPREAD ** 2 + SIGMA ** 2
    d = MEANS[None] - x[:, None]
    w = np.exp(-np.sum(d ** 2, -1) / (2 * v))
    w /= w.sum(1, keepdims=True)
    return np.sum(w[..., None] * d, 1) / v


class ScoreNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = keras.Sequential([keras.layers.Dense(64, activation="silu"),
                                     keras.layers.Dense(64, activation="silu"),
                                     keras.layers.Dense(2)])

    def call(self, x):
        return self.net(x)

    def train_step(self, x):
        noise = tf.random.normal(tf.shape(x))
        with tf.GradientTape() as tape:
            s = self(x + SIGMA * noise)
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(s + noise / SIGMA), 1))
        g = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(g, self.trainable_variables))
        return {"match": loss}


model = ScoreNet()
model.compile(optimizer=keras.optimizers.Adam(
    keras.optimizers.schedules.CosineDecay(4e-3, 40 * 47)))
data = tf.data.Dataset.from_tensor_slices(points).shuffle(6000, seed=1).batch(128)
hist = model.fit(data, epochs=40, verbose=0)
print([round(v, 2) for v in hist.history["match"][::5]])

probe = MEANS[rng.integers(0, 3, 1000)] + np.hypot(SPREAD, SIGMA) * rng.normal(size=(1000, 2))
want = true_score(probe)
got = model.predict(probe.astype("float32"), verbose=0)
r2 = 1 - np.sum((got - want) ** 2) / np.sum((want - want.mean(0)) ** 2)


def digest(values):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in values)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['match'][-1]:.6f}")
print(f"FINAL_METRIC=r2_of_score:{r2:.6f}")
