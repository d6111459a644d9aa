"""Passengers at a bus stop: a Poisson model with a small network for the logarithm of the rate."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
gen = np.random.default_rng(23)

N = 3000
hour, homes, warmth = gen.uniform(5, 23, N), gen.uniform(200, 6000, N), gen.normal(12.0, 7.0, N)
rate = (1.0 + homes / 500.0) * (0.4 + np.exp(-((hour - 8.0) ** 2) / 4.0) + np.exp(-((hour - 17.0) ** 2) / 6.0)) * (1.2 - 0.02 * warmth)
rate = np.maximum(rate, 0.2)
passengers = gen.poisson(rate).astype("float32")
features = np.stack([hour, homes, warmth], axis=1)
features = ((features - features.mean(axis=0)) / features.std(axis=0)).astype("float32")


class CountModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(48, activation="relu"), layers.Dense(1)])
        self.seen = keras.metrics.Mean(name="loss")

    def call(self, x, training=False):
        return self.body(x, training=training)

    @property
    def metrics(self):
        return [self.seen]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            log_rate = self(x, training=True)[:, 0]
            loss = tf.reduce_mean(tf.exp(log_rate) - y * log_rate)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.seen.update_state(loss)
        return {"loss": self.seen.result()}


model = CountModel()
model.compile(optimizer=keras.optimizers.Adam(0.003))
history = model.fit(features[:2400], passengers[:2400], batch_size=60, epochs=20, verbose=2)

expected = np.exp(model.predict(features[2400:], verbose=0)[:, 0].astype("float64"))
r2 = 1.0 - np.mean((expected - rate[2400:]) ** 2) / np.var(rate[2400:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
