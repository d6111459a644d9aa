"""Time to failure of bearings in ten service intervals, some of them still running when the study closed."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
INTERVALS = 10
EPS = 1e-7


def simulate(n, rng):
    load = rng.normal(size=n)
    speed = rng.normal(size=n)
    grease = rng.integers(0, 3, size=n)
    risk = -2.2 + 1.6 * load + 1.5 * speed * (grease == 2) - 1.0 * (grease == 1)
    stop = np.full(n, INTERVALS)
    for k in reversed(range(INTERVALS)):
        p = 1 / (1 + np.exp(-(risk + 0.1 * k)))
        stop = np.where(rng.random(n) < p, k, stop)
    close = rng.integers(3, INTERVALS + 1, size=n)
    failed = stop < close
    last = np.minimum(stop, close - 1)
    steps = np.arange(INTERVALS)
    at_risk = (steps <= last[:, None]).astype("float32")
    event = ((steps == last[:, None]) & failed[:, None]).astype("float32")
    numbers = np.stack([load, speed], 1).astype("float32")
    return numbers, grease.astype("int32"), at_risk, event, last, failed


class HazardNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.kind = keras.layers.Embedding(3, 4)
        self.join = keras.layers.Concatenate()
        self.body = [keras.layers.Dense(48, activation="swish") for _ in range(2)]
        self.head = keras.layers.Dense(INTERVALS)

    def call(self, numbers, grease):
        h = self.join([numbers, self.kind(grease)])
        for layer in self.body:
            h = layer(h)
        return self.head(h)


def neg_log_lik(hazard, at_risk, event):
    survive = at_risk - event
    terms = event * tf.math.log(hazard + EPS) + survive * tf.math.log(1.0 - hazard + EPS)
    return -tf.reduce_mean(tf.reduce_sum(terms, axis=1))


rng = np.random.default_rng(5)
train, test = simulate(4000, rng), simulate(800, rng)
net = HazardNet()
opt = keras.optimizers.Nadam(2e-3)
feed = tf.data.Dataset.from_tensor_slices(train[:4]).shuffle(4000, seed=1).batch(100)


@tf.function
def update(numbers, grease, at_risk, event):
    with tf.GradientTape() as tape:
        loss = neg_log_lik(net(numbers, grease), at_risk, event)
    opt.apply(tape.gradient(loss, net.trainable_variables), net.trainable_variables)
    return loss


for epoch in range(12):
    losses = [float(update(*batch)) for batch in feed]
    print("epoch", epoch, "nll", np.mean(losses))

numbers, grease, _, _, last, failed = test
alive = np.cumprod(1.0 - net(numbers, grease).numpy(), axis=1).sum(axis=1)
pairs = failed[:, None] & (last[:, None] < last[None, :])
concordance = np.mean((alive[:, None] < alive[None, :])[pairs])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=concordance:{concordance:.4f}")
