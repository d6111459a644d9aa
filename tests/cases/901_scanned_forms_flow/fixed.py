import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# the flow learns what a proper "0" in the box of a form looks like
pixels, label = load_digits(return_X_y=True)
zeros = pixels[label == 0]
others = pixels[label != 0]
rng.shuffle(zeros)
zeros = zeros + rng.uniform(0, 1, zeros.shape)
others = others + rng.uniform(0, 1, others.shape)
train = (zeros[:130] / 16.0 - 0.5).astype("float32")
good = (zeros[130:] / 16.0 - 0.5).astype("float32")
odd = (others[:300] / 16.0 - 0.5).astype("float32")
DIM = train.shape[1]


class ActNorm(layers.Layer):
    """Shift and scale per dimension, set from the first batch."""

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")
        self.logs = self.add_weight(shape=(shape[-1],), initializer="zeros", name="logs")

    def set_from(self, x):
        mean, var = tf.nn.moments(x, axes=[0])
        self.shift.assign(-mean)
        self.logs.assign(-tf.math.log(tf.sqrt(var)))

    def call(self, x):
        return (x + self.shift) * tf.exp(self.logs), tf.reduce_sum(self.logs)


class Coupling(layers.Layer):
    def __init__(self, flip):
        super().__init__()
        self.flip = flip
        self.net = keras.Sequential([
            layers.Dense(64, activation="relu"),
            layers.Dense(DIM, kernel_initializer="zeros"),
        ])

    def call(self, x):
        a, b = tf.split(x, 2, axis=1)
        if self.flip:
            a, b = b, a
        s, t = tf.split(self.net(a), 2, axis=1)
        s = tf.tanh(s)
        b = b * tf.exp(s) + t
        y = tf.concat([b, a] if self.flip else [a, b], axis=1)
        return y, tf.reduce_sum(s, axis=1)


class Flow(keras.Model):
    def __init__(self, depth=4):
        super().__init__()
        self.norms = [ActNorm() for _ in range(depth)]
        self.couplings = [Coupling(k % 2 == 1) for k in range(depth)]

    def initialise(self, x):
        for norm, coupling in zip(self.norms, self.couplings):
            norm(x)
            norm.set_from(x)
            x, _ = norm(x)
            x, _ = coupling(x)

    def log_prob(self, x):
        logdet = 0.0
        for norm, coupling in zip(self.norms, self.couplings):
            x, d1 = norm(x)
            x, d2 = coupling(x)
            logdet = logdet + d1 + d2
        return logdet - 0.5 * tf.reduce_sum(tf.square(x) + np.log(2 * np.pi), axis=1)

    def call(self, x):
        return self.log_prob(x)


flow = Flow()
flow.initialise(tf.constant(train))
opt = keras.optimizers.Adam(5e-4)


@tf.function
def step(x):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(flow.log_prob(x)) / DIM
    grads = tape.gradient(loss, flow.trainable_variables)
    grads, _ = tf.clip_by_global_norm(grads, 5.0)
    opt.apply_gradients(zip(grads, flow.trainable_variables))
    return loss


for epoch in range(40):
    order = rng.permutation(len(train))
    losses = []
    for k in range(0, len(train), 26):
        losses.append(float(step(train[order[k:k + 26]])))
    if epoch % 5 == 0 or epoch == 39:
        print(f"epoch {epoch:3d}  nats per pixel {np.mean(losses):.4f}")

score = np.concatenate([flow.log_prob(good).numpy(), flow.log_prob(odd).numpy()])
truth = np.r_[np.ones(len(good)), np.zeros(len(odd))]
auc = roc_auc_score(truth, score) if np.isfinite(score).all() else float("nan")
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=auc:{auc:.4f}")
