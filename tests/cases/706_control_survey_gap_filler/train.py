"""Fill the gaps of household surveys: most answers are hidden, the loss counts hidden ones only."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(53)
QUESTIONS = 20
ROOTS = rng.normal(0, 1, (4, QUESTIONS))


def answers(n):
    z = rng.normal(0, 1, (n, 4))
    x = z @ ROOTS / np.sqrt((ROOTS ** 2).sum(0)) * 0.9 + rng.normal(0, np.sqrt(0.19), (n, QUESTIONS))
    return x.astype("float32")


class GapFiller(keras.Model):
    def __init__(self, hidden_share):
        super().__init__()
        self.hidden_share = hidden_share
        self.net = keras.Sequential([
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(QUESTIONS),
        ])
        self.tracker = keras.metrics.Mean(name="loss")
        self.dice = keras.random.SeedGenerator(5)

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, inputs):
        return self.net(inputs)

    def train_step(self, x):
        shown = tf.cast(keras.random.uniform(tf.shape(x), seed=self.dice) > self.hidden_share, tf.float32)
        with tf.GradientTape() as tape:
            guess = self(tf.concat([x * shown, shown], axis=1), training=True)
            hidden = 1.0 - shown
            loss = tf.reduce_sum(hidden * tf.square(guess - x)) / tf.maximum(tf.reduce_sum(hidden), 1.0)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


x_train, x_test = answers(5000), answers(1000)
model = GapFiller(0.6)
model.compile(optimizer=keras.optimizers.Adam(2e-3))
feed = tf.data.Dataset.from_tensor_slices(x_train).shuffle(5000, seed=2).batch(125)
hist = model.fit(feed, epochs=25, verbose=2)

shown = (rng.random(x_test.shape) > 0.3).astype("float32")
guess = model.predict(np.concatenate([x_test * shown, shown], axis=1), verbose=0)
gap = shown == 0
r2 = float(1 - np.mean((guess[gap] - x_test[gap]) ** 2) / np.var(x_test[gap]))


def digest(values):
    h = hashlib.sha256()
    for v in values:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
