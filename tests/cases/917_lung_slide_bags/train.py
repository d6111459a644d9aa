"""Slides with and without granuloma: only the slide has a label, not its 36 patches (noisy-or)."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(917)
PATCHES, FEATURES = 36, 16
direction = rng.normal(size=FEATURES)
direction /= np.linalg.norm(direction)


def slides(n):
    x = rng.normal(size=(n, PATCHES, FEATURES))
    y = rng.integers(0, 2, n)
    for i in np.flatnonzero(y):
        hit = rng.choice(PATCHES, size=rng.integers(1, 5), replace=False)
        x[i, hit] += 4.5 * direction
    return x.astype("float32"), y.astype("float32")


x_train, y_train = slides(1500)
x_test, y_test = slides(500)


class SlideModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(32, activation="relu")
        self.patch = layers.Dense(1)
        self.slide_loss = keras.metrics.Mean(name="slide_loss")

    def call(self, x):
        return tf.squeeze(self.patch(self.hidden(x)), axis=-1)

    def slide_probability(self, x):
        z = self(x)
        return 1.0 - tf.reduce_prod(1.0 - tf.sigmoid(z), axis=1)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = self.slide_probability(x)
            loss = -tf.reduce_mean(y * tf.math.log(p) + (1.0 - y) * tf.math.log(1.0 - p))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.slide_loss.update_state(loss)
        return {"slide_loss": self.slide_loss.result()}

    @property
    def metrics(self):
        return [self.slide_loss]


model = SlideModel()
model.compile(optimizer=keras.optimizers.Adam(2e-3))
history = model.fit(x_train, y_train, batch_size=50, epochs=40, verbose=2)

p = model.slide_probability(x_test).numpy()
accuracy = float(np.mean((p > 0.5) == (y_test > 0.5)))
print(f"FINAL_LOSS={float(history.history['slide_loss'][-1]):.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
