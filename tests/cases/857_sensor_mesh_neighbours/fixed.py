"""Faulty soil sensors in field meshes: each node sees its own readings and those of the nodes in radio reach."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
NODES, FEATS = 60, 5


def mesh(rng):
    place = rng.uniform(0, 10, (NODES, 2))
    wet = np.sin(place[:, :1] / 2) + np.cos(place[:, 1:] / 2.5)
    read = wet + rng.normal(0, 0.15, (NODES, FEATS))
    faulty = rng.random(NODES) < 0.3
    read[faulty] += rng.choice([-1.0, 1.0], (faulty.sum(), 1)) * rng.uniform(1.2, 2.0, (faulty.sum(), 1))
    gap = np.linalg.norm(place[:, None] - place[None], axis=-1)
    src, dst = np.where((gap < 1.6) & (gap > 0))
    return read.astype("float32"), src.astype("int32"), dst.astype("int32"), faulty.astype("float32")


class NeighbourLayer(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.message = keras.layers.Dense(units, activation="relu")
        self.update = keras.layers.Dense(units, activation="leaky_relu")

    def call(self, h, src, dst):
        pair = tf.concat([tf.gather(h, src), tf.gather(h, dst)], axis=1)
        best = tf.math.unsorted_segment_max(self.message(pair), dst, NODES)
        best = tf.nn.relu(best)
        return self.update(tf.concat([h, best], axis=1))


class MeshNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = NeighbourLayer(32)
        self.second = NeighbourLayer(32)
        self.head = keras.layers.Dense(1)

    def call(self, read, src, dst):
        h = self.first(read, src, dst)
        h = self.second(h, src, dst)
        return self.head(h)[:, 0]


rng = np.random.default_rng(4)
fields = [mesh(rng) for _ in range(120)]
trial = [mesh(rng) for _ in range(30)]
net = MeshNet()
opt = keras.optimizers.Adam(3e-3)
bce = keras.losses.BinaryCrossentropy(from_logits=True)
spec = [tf.TensorSpec((NODES, FEATS)), tf.TensorSpec((None,), tf.int32),
        tf.TensorSpec((None,), tf.int32), tf.TensorSpec((NODES,))]
net(*[tf.constant(a) for a in fields[0][:3]])


@tf.function(input_signature=spec)
def step(read, src, dst, faulty):
    with tf.GradientTape() as tape:
        loss = bce(faulty, net(read, src, dst))
    grads = tape.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss


for epoch in range(12):
    loss = np.mean([step(*f).numpy() for f in fields])
    print("epoch", epoch, "loss", loss)

right = [np.mean((net(*[tf.constant(a) for a in f[:3]]).numpy() > 0) == (f[3] > 0.5)) for f in trial]
print("FINAL_LOSS=%f" % loss)
print("FINAL_METRIC=accuracy:%f" % np.mean(right))
