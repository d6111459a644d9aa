import os
import hashlib
import numpy as np
import tensorflow as tf
import keras
from sklearn.linear_model import LogisticRegression

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ.get("CASE_DATA", os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")), "digits.npz"))
x, y = (data["x"] / 16.0).astype("float32"), data["y"]
rng = np.random.default_rng(0)
order = rng.permutation(len(x))
x, y = x[order], y[order]
xtr, xte, ytr, yte = x[:1400], x[1400:], y[:1400], y[1400:]


class RBM(keras.Model):
    def __init__(self, visible, hidden):
        super().__init__()
        self.w = self.add_weight(shape=(visible, hidden), initializer=keras.initializers.RandomNormal(0, 0.01, seed=1))
        self.bv = self.add_weight(shape=(visible,), initializer="zeros")
        self.bh = self.add_weight(shape=(hidden,), initializer="zeros")

    def call(self, v):
        return tf.sigmoid(v @ self.w + self.bh)

    def free_energy(self, v):
        return -tf.linalg.matvec(v, self.bv) - tf.reduce_sum(tf.nn.softplus(v @ self.w + self.bh), axis=1)

    def train_step(self, data):
        v0, _ = data
        u = tf.random.uniform((tf.shape(v0)[0], self.bh.shape[0]), seed=2)
        h = tf.cast(u < self(v0), tf.float32)
        v1 = tf.stop_gradient(tf.sigmoid(h @ tf.transpose(self.w) + self.bv))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.free_energy(v0)) - tf.reduce_mean(self.free_energy(v1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "recon": tf.reduce_mean((v0 - v1) ** 2)}


model = RBM(64, 100)
model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.5))
hist = model.fit(xtr, np.zeros(len(xtr), "float32"), epochs=60, batch_size=20, verbose=2)

clf = LogisticRegression(max_iter=400).fit(model(xtr).numpy(), ytr)
acc = clf.score(model(xte).numpy(), yte)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
