"""Radial basis function network on the wine data, centres started with k-means."""
import numpy as np
import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

X, y = load_wine(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.35, random_state=4, stratify=y)
mu, sd = X_tr.mean(axis=0), X_tr.std(axis=0)
X_tr = ((X_tr - mu) / sd).astype("float32")
X_te = ((X_te - mu) / sd).astype("float32")


def kmeans_centres(data, k, rounds=5):
    low, high = data.min(axis=0), data.max(axis=0)
    centres = rng.uniform(low, high, (k, data.shape[1]))
    for _ in range(rounds):
        dist = ((data[:, None, :] - centres[None]) ** 2).sum(axis=2)
        nearest = dist.argmin(axis=1)
        for j in range(k):
            if np.any(nearest == j):
                centres[j] = data[nearest == j].mean(axis=0)
    return centres.astype("float32")


class RBF(layers.Layer):
    def __init__(self, centres, width=3.0):
        super().__init__()
        self.start = centres
        self.width = width

    def build(self, input_shape):
        self.centres = self.add_weight(
            shape=self.start.shape, name="centres",
            initializer=lambda shape, dtype=None: tf.constant(self.start, dtype=dtype))

    def call(self, x):
        d2 = tf.reduce_sum(tf.square(x[:, None, :] - self.centres[None]), axis=2)
        return tf.exp(-d2 / (2 * self.width ** 2))


model = keras.Sequential([
    keras.Input((X_tr.shape[1],)),
    RBF(kmeans_centres(X_tr, 12)),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(2e-2),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
hist = model.fit(X_tr, y_tr, batch_size=16, epochs=60, verbose=0)
print("training accuracy:", hist.history["accuracy"][-1])

probs = model.predict(X_te, verbose=0)
acc = float(np.mean(probs.argmax(axis=1) == y_te))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
