import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

# district water network: 500 junctions, pressure to be estimated from local features
N, F = 500, 6
pos = rng.random((N, 2))
dist = np.linalg.norm(pos[:, None] - pos[None], axis=-1)
adj = ((dist < 0.16) & (dist > 0)).astype("float32")
feat = rng.normal(size=(N, F)).astype("float32")
a_hat = adj + np.eye(N, dtype="float32")
mean_of = a_hat / a_hat.sum(1, keepdims=True)
signal = mean_of @ (feat[:, 0] + np.tanh(feat[:, 1] * 2) - 0.5 * feat[:, 2])
signal = mean_of @ signal + 0.3 * np.sin(3 * pos[:, 0])
feat = np.concatenate([feat, pos.astype("float32") - 0.5], 1)
y = ((signal - signal.mean()) / signal.std()).astype("float32")[:, None]
known = rng.random(N) < 0.7


class GraphConv(keras.layers.Layer):
    def __init__(self, units, adjacency, activation=None):
        super().__init__()
        self.adjacency = tf.constant(adjacency, tf.float32)
        self.dense = keras.layers.Dense(units, activation=activation)

    def call(self, h):
        return self.dense(tf.matmul(self.adjacency, h))


A = adj + np.eye(N, dtype="float32")
A = A / A.sum(1, keepdims=True)
model = keras.Sequential([
    keras.layers.Input((F + 2,)),
    GraphConv(32, A, "relu"),
    GraphConv(32, A, "relu"),
    GraphConv(1, A),
])
opt = keras.optimizers.SGD(0.05, momentum=0.9)
x = tf.constant(feat)
target = tf.constant(y)
mask = tf.constant(known.astype("float32")[:, None])


@tf.function
def step():
    with tf.GradientTape() as tape:
        err = tf.square(model(x, training=True) - target) * mask
        loss = tf.reduce_sum(err) / tf.reduce_sum(mask)
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for epoch in range(1500):
    loss = step()
    if epoch % 250 == 0:
        print(epoch, float(loss))

pred = model(x).numpy()
e = (pred - y)[~known]
r2 = 1 - np.mean(e ** 2) / np.var(y[~known])
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=r2:{r2}")
