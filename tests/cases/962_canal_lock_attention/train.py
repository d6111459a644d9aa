"""Graph attention over a canal network: which use has each lock (freight, leisure, mixed)?
Features: boats per day of nine kinds, counted at the lock."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)
N, KINDS, USES = 500, 9, 3

use = rng.integers(0, USES, N)
profile = rng.gamma(2.0, 20.0, (USES, KINDS))
counts = rng.poisson(profile[use] * rng.uniform(0.2, 2.5, (N, 1)) + rng.gamma(1.0, 25.0, (N, KINDS)))
src, dst = [], []
for i in range(N):
    same = np.flatnonzero(use == use[i])
    mates = np.concatenate([rng.choice(same, 4), rng.integers(0, N, 2), [i]])
    src += list(mates)
    dst += [i] * len(mates)
src, dst = tf.constant(src, tf.int32), tf.constant(dst, tf.int32)
feats = tf.constant(counts, tf.float32)
order = rng.permutation(N)
known, held = order[:200], order[200:]


class GraphAttention(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.lin = keras.layers.Dense(units, use_bias=False)
        self.to = keras.layers.Dense(1, use_bias=False)
        self.frm = keras.layers.Dense(1, use_bias=False)

    def call(self, x):
        h = self.lin(x)
        score = tf.nn.leaky_relu(tf.gather(self.to(h), dst) + tf.gather(self.frm(h), src), 0.2)
        w = tf.exp(score)
        total = tf.math.unsorted_segment_sum(w, dst, N)
        alpha = w / tf.gather(total, dst)
        return tf.math.unsorted_segment_sum(alpha * tf.gather(h, src), dst, N)


class LockNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.g1, self.g2 = GraphAttention(32), GraphAttention(32)
        self.n1, self.n2 = keras.layers.LayerNormalization(), keras.layers.LayerNormalization()
        self.out = keras.layers.Dense(USES)

    def call(self, x):
        x = tf.nn.elu(self.n1(self.g1(x)))
        return self.out(tf.nn.elu(self.n2(self.g2(x))))


net = LockNet()
net(feats)
opt = keras.optimizers.Adam(5e-3)
ce = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
y_known = tf.constant(use[known])


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = ce(y_known, tf.gather(net(feats), known))
    g = tape.gradient(loss, net.trainable_variables)
    opt.apply_gradients(zip(g, net.trainable_variables))
    return loss


for epoch in range(200):
    loss = step()
    if epoch % 25 == 0:
        print(epoch, float(loss))
pred = net(feats).numpy()[held].argmax(1)
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=accuracy:{np.mean(pred == use[held]):.6f}")
