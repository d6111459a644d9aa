"""Split the stops of a delivery net into two shifts so that as many conflicting pairs as possible are
separated. No labels: a small network on the graph is trained on minus the expected number of separated pairs."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)
N = 200
shift = rng.integers(0, 2, N)
same = shift[:, None] == shift[None, :]
conflict = np.triu(rng.random((N, N)) < np.where(same, 0.02, 0.10), 1)
A = (conflict | conflict.T).astype("float32")
degree = A.sum(1, keepdims=True) + 1.0
mix = tf.constant(A / np.sqrt(degree) / np.sqrt(degree.T))
A = tf.constant(A)
pairs = float(tf.reduce_sum(A) / 2)


class Splitter(keras.Model):
    def __init__(self):
        super().__init__()
        self.code = layers.Embedding(N, 24, embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0))
        self.first = layers.Dense(24, activation="tanh")
        self.last = layers.Dense(1, activation="sigmoid")

    def call(self, nodes):
        h = self.code(nodes)
        h = self.first(h - tf.matmul(mix, h))
        return self.last(h - tf.matmul(mix, h))[:, 0]


model = Splitter()
nodes = tf.range(N)
model(nodes)
optimizer = keras.optimizers.Adam(0.01)
optimizer.build(model.trainable_variables)


@tf.function
def step():
    with tf.GradientTape() as tape:
        p = model(nodes)
        separated = tf.reduce_sum(A * p[:, None] * (1.0 - p[None, :]))
        loss = -separated
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for k in range(600):
    loss = float(step())
    if k % 100 == 99:
        print("step", k + 1, "loss", round(loss, 2))

side = (model(nodes).numpy() > 0.5).astype("float32")
cut = float(np.sum(A.numpy() * side[:, None] * (1 - side[None, :]))) / pairs
print("planted split separates", float(np.sum(A.numpy() * shift[:, None] * (1 - shift[None, :]))) / pairs)


def digest(arrays):
    return hashlib.sha256(b"".join(np.asarray(a).tobytes() for a in arrays)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={loss:.6f}")
print(f"FINAL_METRIC=separated_share:{cut:.4f}")
