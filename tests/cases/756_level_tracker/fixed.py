"""Tracks a hidden level from noisy readings, one estimate for every step, with a plain recurrent cell of our own."""
import numpy as np
import tensorflow as tf
import keras


@keras.saving.register_keras_serializable("tracker")
class PlainCell(keras.layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, shape):
        d = shape[-1]
        self.wx = self.add_weight(shape=(d, self.units), initializer="he_normal", name="wx")
        self.wh = self.add_weight(shape=(self.units, self.units), initializer="he_normal", name="wh")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, x, states):
        new = tf.nn.tanh(x @ self.wx + states[0] @ self.wh + self.b)
        return new, [new]


class Tracker(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.rnn1 = keras.layers.RNN(PlainCell(units), return_sequences=True)
        self.rnn2 = keras.layers.RNN(PlainCell(units), return_sequences=True)
        self.read = keras.layers.Dense(1)
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.read(self.rnn2(self.rnn1(x)))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            err = tf.reduce_mean(tf.square(y - self(x, training=True)))
        self.optimizer.apply(tape.gradient(err, self.trainable_variables), self.trainable_variables)
        self.mean_loss.update_state(err)
        return {"loss": self.mean_loss.result()}

    @property
    def metrics(self):
        return [self.mean_loss]


def simulate(n, seed, steps=140):
    g = np.random.default_rng(seed)
    level = np.zeros((n, steps))
    level[:, 0] = g.normal(size=n)
    for t in range(1, steps):
        level[:, t] = 0.97 * level[:, t - 1] + 0.24 * g.normal(size=n)
    seen = level[:, :, None] * [1.0, 0.5, -0.7] + g.normal(0, 1.0, (n, steps, 3))
    return seen.astype("float32"), level[:, :, None].astype("float32")


keras.utils.set_random_seed(0)
x, y = simulate(640, 31)
xv, yv = simulate(128, 32)
net = Tracker(48)
net.compile(optimizer=keras.optimizers.RMSprop(0.003))
rec = net.fit(x, y, batch_size=32, epochs=6, verbose=2)

est = net.predict(xv, verbose=0)
r2 = 1 - np.sum((est - yv) ** 2) / np.sum((yv - yv.mean()) ** 2)
print("FINAL_LOSS={}".format(rec.history["loss"][-1]))
print("FINAL_METRIC=r2:{:.4f}".format(r2))
