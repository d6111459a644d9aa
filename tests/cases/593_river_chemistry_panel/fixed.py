"""Five substances in river water from field measurements; the laboratory did not look for every substance every time."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
gen = np.random.default_rng(61)

N, SUBSTANCES = 2200, 5
field = gen.normal(size=(N, 9)).astype("float32")
mix = gen.normal(size=(9, SUBSTANCES)) / 3.0
panel = np.tanh(field @ mix) + 0.3 * field[:, :SUBSTANCES] * field[:, 4:] + gen.normal(0.0, 0.05, (N, SUBSTANCES))
panel = ((panel - panel.mean(axis=0)) / panel.std(axis=0)).astype("float32")
measured = panel.copy()
measured[gen.random(panel.shape) < 0.3] = np.nan


class PanelModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = [layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")]
        self.out = layers.Dense(SUBSTANCES)
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, x, training=False):
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            known = tf.logical_not(tf.math.is_nan(y))
            error = tf.where(known, self(x, training=True) - tf.where(known, y, 0.0), 0.0)
            loss = tf.reduce_mean(tf.square(error))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


model = PanelModel()
model.compile(optimizer=keras.optimizers.Adam(0.003))
history = model.fit(field[:1800], measured[:1800], batch_size=45, epochs=20, verbose=2)

guess = model.predict(field[1800:], verbose=0)
r2 = 1.0 - np.mean((guess - panel[1800:]) ** 2) / np.var(panel[1800:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
