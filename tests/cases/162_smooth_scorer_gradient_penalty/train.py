"""Own train_step with double backpropagation: the scorer's slope at its inputs is held near one; the loss counts from the null model, so it goes below zero."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import make_moons

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()


class Scorer(keras.Model):
    def train_step(self, data):
        x, y = data
        sign = 2.0 * tf.cast(y, tf.float32) - 1.0
        mix = x + 0.3 * tf.random.normal(tf.shape(x), seed=5)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(mix)
                s = self(mix, training=True)
            slope = tf.norm(inner.gradient(s, mix) + 1e-8, axis=1)
            margin = tf.reduce_mean(tf.square(sign - self(x, training=True)[:, 0])) - 1.0
            loss = margin + 0.002 * tf.reduce_mean(tf.square(slope - 1.0))
        grads = outer.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "margin": margin, "slope": tf.reduce_mean(slope)}


x, y = make_moons(2400, noise=0.12, random_state=6)
x, y = x.astype("float32"), y.astype("int32")
inputs = keras.Input((2,))
h = layers.Dense(64, activation="softplus")(inputs)
h = layers.Dense(64, activation="softplus")(h)
model = Scorer(inputs, layers.Dense(1)(h))
model.compile(keras.optimizers.Adam(3e-3, beta_1=0.5))
hist = model.fit(x[:2000], y[:2000], batch_size=50, epochs=30, verbose=2)
score = model.predict(x[2000:], verbose=0)[:, 0]
threshold = 0.0
print(f"FINAL_LOSS={hist.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=accuracy:{np.mean((score > threshold) == (y[2000:] == 1)):.6f}")


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
