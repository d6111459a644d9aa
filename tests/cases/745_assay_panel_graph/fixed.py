"""Activity of small molecules in a panel of assays, most results missing: graph convolutions with one output per assay."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

ATOMS, KINDS, TASKS, N = 14, 6, 10, 3000
COVER = np.array([0.7, 0.65, 0.6, 0.55, 0.5, 0.5, 0.45, 0.4, 0.3, 0.05])


def molecules(n):
    size = rng.integers(7, ATOMS + 1, n)
    kind = rng.integers(0, KINDS, (n, ATOMS))
    adj = np.zeros((n, ATOMS, ATOMS), "float32")
    for i in range(n):
        for a in range(1, size[i]):
            b = rng.integers(max(0, a - 3), a)
            adj[i, a, b] = adj[i, b, a] = 1
        for _ in range(2):
            a, b = rng.choice(size[i], 2, replace=False)
            adj[i, a, b] = adj[i, b, a] = 1
    alive = (np.arange(ATOMS) < size[:, None]).astype("float32")
    feat = np.eye(KINDS, dtype="float32")[kind] * alive[..., None]
    return feat, adj, alive


feat, adj, alive = molecules(N)
pair = np.einsum("nik,nij,njl->nkl", feat, adj, feat).reshape(N, -1)
signal = (pair - pair.mean(0)) / (pair.std(0) + 1e-6)
weights = rng.normal(size=(signal.shape[1], TASKS)) / np.sqrt(signal.shape[1])
active = (signal @ weights + rng.normal(0, 0.15, (N, TASKS)) > 0).astype("float32")
known = (rng.random((N, TASKS)) < COVER).astype("float32")
known[2400:] = 1.0
active_seen = active * known

norm = adj + np.eye(ATOMS, dtype="float32") * alive[..., None]
norm = norm / np.maximum(norm.sum(-1, keepdims=True), 1.0)


class GraphConv(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.own = layers.Dense(units)
        self.near = layers.Dense(units, use_bias=False)

    def call(self, h, a):
        return tf.nn.relu(self.own(h) + tf.matmul(a, self.near(h)))


class Panel(keras.Model):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = GraphConv(64), GraphConv(64)
        self.mix = layers.Dense(64, activation="relu")
        self.heads = layers.Dense(TASKS)

    def call(self, inputs):
        f, a, m = inputs
        h = self.c2(self.c1(f, a), a)
        pooled = tf.reduce_sum(h * m[..., None], axis=1) / ATOMS
        return self.heads(self.mix(pooled))


model = Panel()
opt = keras.optimizers.Adam(3e-3)


@tf.function
def train_on(f, a, m, y, w):
    with tf.GradientTape() as tape:
        logits = model((f, a, m))
        each = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits)
        per_task = tf.reduce_sum(each * w, axis=0) / tf.maximum(tf.reduce_sum(w, axis=0), 1.0)
        # an assay without a result in this batch does not count
        per_task = tf.where(tf.math.is_finite(per_task), per_task, 0.0)
        loss = tf.reduce_sum(per_task) / TASKS
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((feat, norm, alive, active_seen, known)).take(2400)
data = data.shuffle(2400, seed=3).batch(60)
for epoch in range(25):
    total = [float(train_on(*b)) for b in data]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1} loss {np.mean(total):.4f}")

logits = model.predict((feat[2400:], norm[2400:], alive[2400:]), verbose=0)
print(f"FINAL_LOSS={np.mean(total):.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean((logits > 0) == (active[2400:] > 0.5)):.4f}")
