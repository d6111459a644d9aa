"""Label each visit of a patient history as planned or unplanned; histories are padded to 20."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(55)

MAXLEN, F = 20, 5
PAD = -99.0


def histories(n):
    x = rng.normal(size=(n, MAXLEN, F))
    run = np.zeros(n)
    y = np.zeros((n, MAXLEN))
    for t in range(MAXLEN):
        run = 0.6 * run + x[:, t, 0]
        y[:, t] = (run + 0.8 * x[:, t, 1] + rng.normal(0, 0.3, n) > 0)
    length = rng.integers(3, MAXLEN + 1, n)
    keep = np.arange(MAXLEN)[None] < length[:, None]
    x[~keep] = PAD
    y[~keep] = 0
    return x.astype("float32"), y.astype("float32")[..., None], keep.astype("float32")


class VisitModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.skip = keras.layers.Masking(PAD)
        self.gru = keras.layers.GRU(32, return_sequences=True)
        self.out = keras.layers.Dense(1)
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.out(self.gru(self.skip(x)))

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, data):
        x, y, keep = data
        with tf.GradientTape() as tape:
            z = self(x, training=True)
            ce = tf.nn.sigmoid_cross_entropy_with_logits(y, z)[..., 0]
            loss = tf.reduce_sum(ce * keep) / tf.reduce_sum(keep)
        v = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


x_tr, y_tr, k_tr = histories(2000)
x_te, y_te, k_te = histories(500)
m = VisitModel()
rate = keras.optimizers.schedules.CosineDecayRestarts(0.8, 250, t_mul=1.0, m_mul=0.8)
m.compile(optimizer=keras.optimizers.SGD(rate, momentum=0.5, global_clipnorm=1.0))
log = m.fit(x_tr, y_tr, sample_weight=k_tr, batch_size=40, epochs=15, verbose=2)

z = m.predict(x_te, verbose=0)
ok = ((z > 0) == (y_te > 0.5))[..., 0]
print(f"FINAL_LOSS={log.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{(ok * k_te).sum() / k_te.sum()}")
