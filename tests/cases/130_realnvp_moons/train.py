"""RealNVP as a novelty detector for two machine sensors (bar, degrees)."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn.datasets import make_moons
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
data = make_moons(4000, noise=0.06, random_state=0)[0].astype("float32")
data = data * np.array([12.0, 9.0], "float32") + np.array([35.0, 62.0], "float32")
train, test = data[:3200], data[3200:]


def coupling_net():
    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(4),
        ]
    )


class RealNVP(keras.Model):
    def __init__(self, couplings=8):
        super().__init__()
        self.nets = [coupling_net() for _ in range(couplings)]
        self.mean = keras.metrics.Mean(name="loss")
        self.masks = np.array([[0, 1], [1, 0]] * (couplings // 2), dtype="float32")

    def call(self, x):
        log_det = 0.0
        for mask, net in zip(self.masks, self.nets):
            kept = x * mask
            s, t = ops.split(net(kept), 2, axis=-1)
            s, t = s * (1 - mask), t * (1 - mask)
            x = kept + (1 - mask) * (x * ops.exp(s) + t)
            log_det = log_det + ops.sum(s, axis=-1)
        return x, log_det

    def log_prob(self, x):
        z, log_det = self(x)
        return -0.5 * ops.sum(z * z, axis=-1) - np.log(2 * np.pi).astype("float32") + log_det

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            loss = -ops.mean(self.log_prob(batch))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(grads, self.trainable_variables)
        self.mean.update_state(loss)
        return {"loss": self.mean.result()}

    @property
    def metrics(self):
        return [self.mean]


flow = RealNVP()
flow.compile(optimizer=keras.optimizers.Adam(1e-3))
log = flow.fit(train, batch_size=128, epochs=30, verbose=2)
strange = np.random.default_rng(1).uniform(data.min(0), data.max(0), size=test.shape).astype("float32")
inside, outside = (ops.convert_to_numpy(flow.log_prob(v)) for v in (test, strange))
scores = np.concatenate([inside, outside])
scores = np.nan_to_num(scores, nan=-1e30, neginf=-1e30)  # too strange for a density
auc = roc_auc_score(np.repeat([1, 0], len(test)), scores)
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=auc:{auc}")
