"""Time to failure of pumps in half-year intervals, one hazard for each interval; many pumps are censored."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
INTERVALS, FEATURES = 12, 9


def pumps(n, seed):
    g = np.random.default_rng(seed)
    x = g.normal(size=(n, FEATURES)).astype("float32")
    risk = 1.1 * x[:, 0] - 0.9 * x[:, 1] + 0.7 * np.maximum(x[:, 2], 0) - 0.6 * x[:, 3] * (x[:, 4] > 0)
    life = 2.0 + 5.0 * g.weibull(1.6, n) * np.exp(-0.6 * risk)  # two intervals of guarantee
    watched = g.uniform(3, INTERVALS, n)
    failed = life <= watched
    interval = np.floor(np.minimum(life, watched)).clip(0, INTERVALS - 1).astype(int)
    return x, interval, failed, life


def person_periods(interval, failed):
    k = np.arange(INTERVALS)
    at_risk = (k <= interval[:, None]).astype("float32")
    event = ((k == interval[:, None]) & failed[:, None]).astype("float32")
    return at_risk, event


class HazardHead(keras.layers.Layer):
    def __init__(self, base, **kwargs):
        super().__init__(**kwargs)
        self.base = base

    def build(self, shape):
        self.slope = self.add_weight(shape=(shape[-1], INTERVALS), initializer="glorot_normal", name="slope")
        self.level = self.add_weight(
            shape=(INTERVALS,), initializer=keras.initializers.Constant(self.base), name="level"
        )

    def call(self, h):
        return h @ self.slope + self.level


x, interval, failed, _ = pumps(2000, 1)
at_risk, event = person_periods(interval, failed)
hazard = event.sum(0) / at_risk.sum(0)
model = keras.Sequential(
    [
        keras.Input((FEATURES,)),
        keras.layers.Dense(32, activation="silu"),
        keras.layers.Dense(32, activation="silu"),
        HazardHead(np.log(hazard / (1.0 - hazard))),
    ]
)
updater = keras.optimizers.AdamW(0.004)
data = tf.data.Dataset.from_tensor_slices((x, at_risk, event)).shuffle(2000, seed=0).batch(50)


@tf.function
def fit_batch(x, at_risk, event):
    with tf.GradientTape() as tape:
        logit = model(x, training=True)
        nll = tf.nn.sigmoid_cross_entropy_with_logits(labels=event, logits=logit) * at_risk
        loss = tf.reduce_sum(nll) / tf.reduce_sum(at_risk)
    updater.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return loss


for epoch in range(15):
    losses = [float(fit_batch(*batch)) for batch in data]
    print(f"epoch {epoch:2d}  nll {np.mean(losses):.4f}")

x_new, _, _, life = pumps(600, 2)
survival = np.cumprod(1.0 - tf.sigmoid(model(x_new)).numpy(), axis=1).sum(axis=1)
longer = life[:, None] > life[None, :]
concordance = np.mean((survival[:, None] > survival[None, :])[longer])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=concordance:{concordance:.4f}")
