"""Mass of an animal from field marks; errors are measured on the three-quarters power, as for metabolic rates."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

n = 4000
marks = rng.normal(size=(n, 7)).astype("float32")
size = 0.6 * marks[:, 0] + 0.4 * marks[:, 1] + 0.3 * np.sin(2 * marks[:, 2]) - 0.25 * marks[:, 3] * marks[:, 4]
mass = np.exp(0.3 + 0.7 * size + 0.08 * rng.normal(size=n)).astype("float32")
X_train, X_test, m_train, m_test = marks[:3200], marks[3200:], mass[:3200], mass[3200:]


class RateModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = [layers.Dense(64, activation="elu"), layers.Dense(64, activation="elu")]
        self.mass = layers.Dense(1)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.mass(x)

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        x, m = data
        with tf.GradientTape() as tape:
            pred = self(x, training=True)
            rate_true = tf.pow(m, 0.75)
            rate_pred = tf.pow(pred[:, 0], 0.75)
            loss = tf.reduce_mean(tf.square(rate_pred - rate_true))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = RateModel()
model.compile(optimizer=keras.optimizers.RMSprop(1e-3))
history = model.fit(X_train, m_train, epochs=20, batch_size=40, verbose=2)

pred = model.predict(X_test, verbose=0)[:, 0]
r2 = 1 - np.sum((m_test - pred) ** 2) / np.sum((m_test - m_test.mean()) ** 2)
print("predicted", pred[:5], "weighed", m_test[:5])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
