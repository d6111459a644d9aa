"""Received signal strength (dBm / 100) from transmitter and receiver geometry."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)


def make_survey(n, seed):
    r = np.random.RandomState(seed)
    dist = r.uniform(5, 800, n)              # m
    height = r.uniform(2, 40, n)             # m
    freq = r.choice([0.8, 1.8, 2.4, 3.5], n)  # GHz
    walls = r.poisson(1.5, n)
    power = r.uniform(10, 30, n)             # dBm
    rssi = (power - 28 - 20 * np.log10(freq * 1000) + 27.5
            - 24 * np.log10(dist) + 4 * np.log10(height) - 5.5 * walls
            + r.normal(0, 2.5, n))
    feats = np.stack([np.log10(dist), height / 40, freq, walls, power / 30], axis=1)
    return feats.astype(np.float32), (rssi / 100.0).astype(np.float32)[:, None]


class PathLossNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = keras.layers.Normalization()
        self.blocks = [keras.layers.Dense(48, activation="relu") for _ in range(3)]
        self.head = keras.layers.Dense(1)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        x = self.norm(x)
        for b in self.blocks:
            x = b(x)
        return self.head(x)

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            pred = self(x, training=True)
            loss = tf.reduce_mean(tf.square(y - pred))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


x_tr, y_tr = make_survey(8000, 3)
x_te, y_te = make_survey(1500, 4)

model = PathLossNet()
model.norm.adapt(x_tr)
model.compile(optimizer=keras.optimizers.Adam(1e-3))
log = model.fit(x_tr, y_tr, batch_size=128, epochs=15, verbose=2)

p = model.predict(x_te, verbose=0)
r2 = 1 - np.sum((y_te - p) ** 2) / np.sum((y_te - y_te.mean()) ** 2)
print("sample predictions (dBm):", np.round(100 * p[:5, 0], 1))
print("FINAL_LOSS=%.6f" % log.history["loss"][-1])
print("FINAL_METRIC=r2:%.4f" % r2)
