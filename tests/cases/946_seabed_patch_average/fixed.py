"""Seabed kind from sonar patch features; a running average of the network is what gets shipped."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(77)

KINDS, FEATS = 4, 18
centres = rng.normal(0, 1.1, (KINDS, 2, FEATS))


def patches(n):
    kind = rng.integers(0, KINDS, n)
    sub = rng.integers(0, 2, n)
    x = centres[kind, sub] + rng.normal(0, 1.0, (n, FEATS))
    return x.astype("float32"), kind.astype("int32")


def net():
    return keras.Sequential([
        layers.Input((FEATS,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(KINDS),
    ])


class Averaged(keras.Model):
    """Trains `inner`; `shipped` follows it with a decay that grows from plain mean to 0.995."""

    def __init__(self):
        super().__init__()
        self.inner = net()
        self.shipped = net()
        self.shipped.trainable = False
        self.shipped.set_weights(self.inner.get_weights())
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")
        self.loss_mean = keras.metrics.Mean(name="loss")

    def call(self, x, training=False):
        return self.shipped(x)

    def train_step(self, batch):
        x, y = batch
        with tf.GradientTape() as tape:
            logits = self.inner(x, training=True)
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        grads = tape.gradient(loss, self.inner.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.inner.trainable_variables))

        decay = tf.minimum(0.995, 1.0 - 1.0 / (self.count + 1.0))
        for avg, now in zip(self.shipped.variables, self.inner.variables):
            avg.assign(decay * avg + (1.0 - decay) * now)
        self.count.assign_add(1.0)

        self.loss_mean.update_state(loss)
        return {"loss": self.loss_mean.result()}

    @property
    def metrics(self):
        return [self.loss_mean]


x_train, y_train = patches(4000)
x_test, y_test = patches(1200)

model = Averaged()
model.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9))
hist = model.fit(x_train, y_train, batch_size=32, epochs=14, verbose=2)

scores = model.predict(x_test, batch_size=300, verbose=0)
acc = np.mean(scores.argmax(axis=1) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
