"""How much more frequent is a patient in the new clinic than in the old one? The ratio of the two densities
by least squares, r(x) >= 0, from a sample of each clinic."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(27)
DIM = 4
shift = np.array([0.8, -0.5, 0.0, 0.3])
old = rng.normal(size=(6000, DIM)).astype("float32")
new = (rng.normal(size=(6000, DIM)) + shift).astype("float32")


class RatioModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.h1 = layers.Dense(48, activation="swish")
        self.h2 = layers.Dense(48, activation="swish")
        self.ratio = layers.Dense(1, activation="softplus")
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.ratio(self.h2(self.h1(x)))

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        x_old, x_new = data
        with tf.GradientTape() as tape:
            r_old = self(x_old, training=True)
            r_new = self(x_new, training=True)
            loss = 0.5 * tf.reduce_mean(r_old ** 2) - tf.reduce_mean(r_new)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(grads, self.trainable_variables)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


model = RatioModel()
model.compile(optimizer=keras.optimizers.Nadam(1e-3))
hist = model.fit(old, new, batch_size=300, epochs=18, verbose=2)

x = rng.normal(size=(4000, DIM)).astype("float32")
truth = x @ shift - 0.5 * shift @ shift
guess = np.log(model.predict(x, batch_size=1000, verbose=0)[:, 0] + 1e-6)
corr = np.corrcoef(truth, guess)[0, 1]


def digest(arrays):
    return hashlib.sha256(b"".join(np.asarray(a).tobytes() for a in arrays)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in model.optimizer.variables]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=log_ratio_correlation:{corr:.4f}")
