"""Which of five clans does a household belong to?  Friendships form the graph; a few
households are known, the rest is to be told by a stack of graph convolutions."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

nodes, clans, width = 500, 5, 32
clan = rng.integers(0, clans, nodes)
same = clan[:, None] == clan[None, :]
links = np.triu(rng.random((nodes, nodes)) < np.where(same, 0.06, 0.006), 1)
graph = (links | links.T).astype("float32") + np.eye(nodes, dtype="float32")
d = graph.sum(1)
propagate = tf.constant(graph / np.sqrt(d[:, None] * d[None, :]), tf.float32)
centres = rng.normal(size=(clans, 20))
features = tf.constant(0.5 * centres[clan] + rng.normal(size=(nodes, 20)), tf.float32)
order = rng.permutation(nodes)
known, hidden = order[:150], order[150:]
labels = tf.constant(clan, tf.int32)


class Neighbours(keras.layers.Layer):
    def __init__(self, units, activation=None):
        super().__init__()
        self.mix = keras.layers.Dense(units)
        self.activation = keras.activations.get(activation)

    def call(self, h):
        return self.activation(tf.matmul(propagate, self.mix(h)))


DEPTH = 2
stack = [Neighbours(width, "relu") for _ in range(DEPTH - 1)] + [Neighbours(clans)]
net = keras.Sequential([keras.Input((20,), batch_size=nodes)] + stack)
optimizer = keras.optimizers.Adam(0.005)


@tf.function
def train_step():
    with tf.GradientTape() as tape:
        logits = net(features, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
            tf.gather(labels, known), tf.gather(logits, known)))
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for epoch in range(200):
    loss = train_step()
    if epoch % 40 == 0:
        print("epoch", epoch, "loss", float(loss))

guess = net(features).numpy().argmax(1)
accuracy = float(np.mean(guess[hidden] == clan[hidden]))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
