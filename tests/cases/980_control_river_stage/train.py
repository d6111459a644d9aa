import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)


def catchment(hours, seed):
    r = np.random.default_rng(seed)
    rain = np.where(r.random(hours) < 0.08, r.gamma(1.2, 0.6, hours), 0.0)
    level = np.zeros(hours)
    for k in range(1, hours):
        level[k] = 0.965 * level[k - 1] + 0.03 * rain[max(k - 6, 0):k].sum()
    gauge = level + r.normal(0, 0.004, hours)
    return rain, gauge


rain, gauge = catchment(6000, 9)
W = 24
x = np.stack([np.stack([rain[i - W:i], gauge[i - W:i]], 1) for i in range(W, 6000)]).astype("float32")
y = gauge[W:].astype("float32")


class StageModel(keras.Model):
    """Predicts mean and log-sigma of the next hourly stage (metres)."""

    def __init__(self):
        super().__init__()
        self.flat = layers.Flatten()
        self.hid = layers.Dense(64, activation="swish")
        self.two = layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01))

    def call(self, z):
        last = z[:, -1, 1]
        o = self.two(self.hid(self.flat(z)))
        return last + o[:, 0], tf.clip_by_value(o[:, 1], -7.0, 3.0)


net = StageModel()
sched = keras.optimizers.schedules.CosineDecay(0.0, 3000, alpha=0.05, warmup_target=2e-3, warmup_steps=200)
opt = keras.optimizers.Adam(sched, clipnorm=1.0)
split = 4800
ds = tf.data.Dataset.from_tensor_slices((x[:split], y[:split])).shuffle(split, seed=3).batch(48)


@tf.function
def train(xb, yb):
    with tf.GradientTape() as t:
        mu, ls = net(xb, training=True)
        nll = tf.reduce_mean(ls + 0.5 * tf.square((yb - mu) * tf.exp(-ls)))
    opt.apply_gradients(zip(t.gradient(nll, net.trainable_weights), net.trainable_weights))
    return nll


for ep in range(30):
    vals = [float(train(a, b)) for a, b in ds]
    print(f"epoch {ep} nll {np.mean(vals):.4f}")

mu, _ = net(x[split:])
base = y[split:]
r2 = 1 - np.sum((base - mu.numpy()) ** 2) / np.sum((base - base.mean()) ** 2)
print(f"FINAL_LOSS={np.mean(vals):.5f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
