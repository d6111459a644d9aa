"""Activity recognition from a wrist accelerometer (six activities, 3 axes, 64 samples)."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)

CLASSES = 6
WINDOW = 64


def recordings(n, seed):
    g = np.random.default_rng(seed)
    kind = g.integers(0, CLASSES, n)
    t = np.arange(WINDOW) / 32.0
    base_freq = np.array([0.0, 0.8, 1.6, 2.4, 3.4, 1.6])[kind]
    strength = np.array([0.05, 0.5, 0.9, 1.4, 1.0, 0.4])[kind]
    tilt = np.array([[0, 0, 1], [0.3, 0, 0.9], [0, 0.2, 1], [0, 0.1, 0.9], [0.5, 0.5, 0.7], [0.9, 0, 0.3]])[kind]
    phase = g.uniform(0, 2 * np.pi, (n, 1, 3))
    freq = (base_freq + g.normal(0, 0.12, n))[:, None, None]
    wave = np.sin(2 * np.pi * freq * t[None, :, None] + phase) * strength[:, None, None]
    sig = wave * g.uniform(0.5, 1.2, (n, 1, 3)) + tilt[:, None, :] + g.normal(0, 0.35, (n, WINDOW, 3))
    return sig.astype("float32"), kind.astype("int64")


class ActivityNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.c1 = layers.Conv1D(32, 5, padding="same", activation="relu")
        self.c2 = layers.Conv1D(48, 5, strides=2, padding="same", activation="relu")
        self.c3 = layers.Conv1D(64, 3, strides=2, padding="same", activation="relu")
        self.c4 = layers.Conv1D(64, 3, strides=2, padding="same", activation="relu")
        self.flat = layers.Flatten()
        self.d1 = layers.Dense(96, activation="relu")
        self.logits = layers.Dense(CLASSES)
        self.loss_avg = keras.metrics.Mean(name="loss")

    def call(self, x):
        x = self.c4(self.c3(self.c2(self.c1(x))))
        return self.logits(self.d1(self.flat(x)))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            z = self(x, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_avg.update_state(loss)
        return {"loss": self.loss_avg.result()}

    @property
    def metrics(self):
        return [self.loss_avg]


x_train, y_train = recordings(3000, 21)
x_test, y_test = recordings(900, 22)

net = ActivityNet()
net.compile(optimizer=keras.optimizers.Adam(learning_rate=0.1))
log = net.fit(x_train, y_train, batch_size=32, epochs=7, verbose=2)

pick = np.argmax(net.predict(x_test, verbose=0), axis=-1)
print("FINAL_LOSS=" + str(log.history["loss"][-1]))
print("FINAL_METRIC=accuracy:" + str(np.mean(pick == y_test)))
