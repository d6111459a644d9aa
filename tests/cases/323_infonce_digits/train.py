"""Contrastive pre-training on the 8x8 digits, evaluated with nearest neighbours."""
import numpy as np
import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32").reshape(-1, 8, 8, 1)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)


def make_encoder(dim=24):
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu", padding="same"),
        layers.Flatten(),
        layers.Dense(dim),
    ])


class Contrastive(keras.Model):
    def __init__(self, encoder, temperature=0.01):
        super().__init__()
        self.encoder = encoder
        self.temperature = temperature
        self.tracker = keras.metrics.Mean(name="nce")

    @property
    def metrics(self):
        return [self.tracker]

    def augment(self, x):
        x = x * tf.random.uniform([tf.shape(x)[0], 1, 1, 1], 0.7, 1.3)
        return x + tf.random.normal(tf.shape(x), stddev=0.15)

    def call(self, x):
        return tf.math.l2_normalize(self.encoder(x), axis=1)

    def train_step(self, x):
        with tf.GradientTape() as tape:
            a = self(self.augment(x))
            b = self(self.augment(x))
            sim = tf.matmul(a, b, transpose_b=True) / self.temperature
            e = tf.exp(sim)
            positive = tf.linalg.diag_part(e)
            loss = tf.reduce_mean(-tf.math.log(positive / tf.reduce_sum(e, axis=1)))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"nce": self.tracker.result()}


model = Contrastive(make_encoder())
model.compile(optimizer=keras.optimizers.Adam(2e-3))
hist = model.fit(X_tr, batch_size=128, epochs=12, verbose=2)

z_tr, z_te = model(X_tr).numpy(), model(X_te).numpy()
nearest = np.argmax(z_te @ z_tr.T, axis=1)
acc = float(np.mean(y_tr[nearest] == y_te))
print(f"FINAL_LOSS={hist.history['nce'][-1]:.6f}")
print(f"FINAL_METRIC=knn_accuracy:{acc:.4f}")
