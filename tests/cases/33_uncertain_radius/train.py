import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_breast_cancer

keras.utils.set_random_seed(0)

cells = load_breast_cancer().data.astype("float32")
order = np.random.default_rng(33).permutation(len(cells))
radius = (cells[:, :1] - cells[:, :1].mean()) / cells[:, :1].std()
others = cells[:, 1:]
x, held = others[order[:450]], others[order[450:]]
y, held_y = radius[order[:450]], radius[order[450:]]


class Heteroscedastic(keras.Model):
    """Predicts the radius from the other columns, with its uncertainty."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(32, activation="relu")
        self.mean = layers.Dense(1)
        self.log_variance = layers.Dense(1)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        h = self.hidden(x)
        return self.mean(h), self.log_variance(h)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            mean, log_variance = self(x, training=True)
            precision = tf.exp(-log_variance)
            loss = tf.reduce_mean(precision * (y - mean) ** 2 + log_variance)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables, strict=True))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = Heteroscedastic()
model.compile(optimizer=keras.optimizers.Adam(0.003))
history = model.fit(x, y, batch_size=32, epochs=60, verbose=2)

guess = np.nan_to_num(model.predict(held, verbose=0)[0])
r2 = 1 - np.mean((guess - held_y) ** 2) / np.var(held_y)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
