"""Learn an embedding of handwritten digits with all valid triplets of a batch."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32").reshape(-1, 8, 8, 1)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.3, random_state=1, stratify=y)


def pairwise_distances(emb):
    diff = emb[:, None, :] - emb[None, :, :]
    return tf.sqrt(tf.reduce_sum(tf.square(diff), axis=-1) + 1e-12)


def batch_all_triplet_loss(labels, emb, margin=0.5):
    dist = pairwise_distances(emb)
    same = tf.equal(labels[:, None], labels[None, :])
    not_self = ~tf.eye(tf.shape(labels)[0], dtype=tf.bool)
    pos = same & not_self
    valid = pos[:, :, None] & (~same)[:, None, :]
    cost = dist[:, :, None] - dist[:, None, :] + margin
    # only triplets that still break the margin count
    active = valid & (cost > 0)
    n_active = tf.reduce_sum(tf.cast(active, tf.float32))
    total = tf.reduce_sum(tf.where(active, cost, 0.0))
    return tf.math.divide_no_nan(total, n_active), n_active


class Embedder(keras.Model):
    def __init__(self, dim=8):
        super().__init__()
        self.body = keras.Sequential([
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(dim),
        ])
        self.loss_mean = keras.metrics.Mean(name="loss")
        self.act_mean = keras.metrics.Mean(name="active")

    @property
    def metrics(self):
        return [self.loss_mean, self.act_mean]

    def call(self, x):
        return tf.math.l2_normalize(self.body(x), axis=-1)

    def train_step(self, data):
        x, lab = data
        with tf.GradientTape() as tape:
            loss, n = batch_all_triplet_loss(lab, self(x, training=True))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_mean.update_state(loss)
        self.act_mean.update_state(n)
        return {m.name: m.result() for m in self.metrics}


model = Embedder()
model.compile(optimizer=keras.optimizers.Adam(1e-3))
by_digit = [np.flatnonzero(y_tr == c) for c in range(10)]


def balanced_batches(per_class=5):
    rng = np.random.default_rng(2)
    while True:
        idx = np.concatenate([rng.choice(rows, per_class) for rows in by_digit])
        yield X_tr[idx], y_tr[idx]


history = model.fit(balanced_batches(), steps_per_epoch=30, epochs=15, verbose=2)

ref = model.predict(X_tr, verbose=0)
qry = model.predict(X_te, verbose=0)
d2 = ((qry[:, None, :] - ref[None, :, :]) ** 2).sum(-1)
acc = float((y_tr[d2.argmin(1)] == y_te).mean())
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=nearest_neighbour_accuracy:{acc:.6f}")
