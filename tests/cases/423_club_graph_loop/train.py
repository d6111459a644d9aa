import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

# members of a sports club, who trained with whom last season
n, k = 480, 4
group = rng.integers(0, k, n)
prob = np.where(group[:, None] == group[None, :], 0.22, 0.05)
upper = np.triu(rng.random((n, n)) < prob, 1)
adj = (upper + upper.T).astype("float32")
centres = rng.normal(0, 1, (k, 24))
feats = (0.6 * centres[group] + rng.normal(0, 1.5, (n, 24))).astype("float32")
labels = group.astype("int32")

order = rng.permutation(n)
train_idx, test_idx = order[:120], order[240:]

a_hat = adj + np.eye(n, dtype="float32")
deg = a_hat.sum(1)
print("nodes", n, "mean degree", deg.mean())
a_hat = tf.constant(a_hat)


class GraphConv(keras.layers.Layer):
    def __init__(self, units, activation=None):
        super().__init__()
        self.units = units
        self.act = keras.activations.get(activation)

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, h):
        return self.act(tf.matmul(a_hat, tf.matmul(h, self.w)) + self.b)


model = keras.Sequential([
    keras.Input((24,)),
    GraphConv(32, "relu"),
    GraphConv(32, "relu"),
    GraphConv(k),
])
opt = keras.optimizers.SGD(0.1, momentum=0.9)
ce = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
x = tf.constant(feats)


@tf.function
def step():
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = ce(tf.gather(labels, train_idx), tf.gather(logits, train_idx))
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(200):
    loss = float(step())
    if epoch % 20 == 0:
        print(epoch, loss)

pred = model(x).numpy().argmax(1)
acc = (pred[test_idx] == labels[test_idx]).mean()
print(f"FINAL_LOSS={loss:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
