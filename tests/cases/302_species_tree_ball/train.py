import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(302)

branch, depth, dim = 5, 4, 5
parent = {0: None}
level = [0]
for _ in range(depth - 1):
    nxt = []
    for p in level:
        for _ in range(branch):
            node = len(parent)
            parent[node] = p
            nxt.append(node)
    level = nxt
n_nodes = len(parent)

pairs = []
for node in range(1, n_nodes):
    up = parent[node]
    while up is not None:
        pairs.append((node, up))
        up = parent[up]
pairs = np.array(pairs)
related = np.eye(n_nodes, dtype=bool)
for a, b in pairs:
    related[a, b] = related[b, a] = True
others = [np.flatnonzero(~related[k]) for k in range(n_nodes)]
others[0] = np.arange(1, n_nodes)
print(n_nodes, "taxa", len(pairs), "pairs")

table = tf.Variable(tf.random.uniform((n_nodes, dim), -0.05, 0.05, seed=3))
opt = keras.optimizers.Adam(0.02)
opt.build([table])


def distance(u, v):
    gap = tf.reduce_sum(tf.square(u - v), -1)
    uu = tf.reduce_sum(tf.square(u), -1)
    vv = tf.reduce_sum(tf.square(v), -1)
    return tf.acosh(1.0 + 2.0 * gap / ((1.0 - uu) * (1.0 - vv)))


@tf.function
def step(child, anc, neg):
    with tf.GradientTape() as tape:
        u = tf.gather(table, child)
        pos = distance(u, tf.gather(table, anc))
        far = distance(u[:, None], tf.gather(table, neg))
        logits = -tf.concat([pos[:, None], far], 1)
        loss = -tf.reduce_mean(tf.nn.log_softmax(logits)[:, 0])
    grad = tf.convert_to_tensor(tape.gradient(loss, table))
    opt.apply_gradients([(grad, table)])
    return loss


for epoch in range(250):
    order = rng.permutation(len(pairs))
    total = []
    for i in range(0, len(order) - 31, 32):
        batch = pairs[order[i:i + 32]]
        neg = np.stack([rng.choice(others[c], 10) for c in batch[:, 0]])
        total.append(float(step(batch[:, 0], batch[:, 1], neg)))
    if epoch % 20 == 0 or epoch == 249:
        print(f"epoch {epoch + 1}: loss {np.mean(total):.4f}")

d = distance(table[:, None], table[None]).numpy()
hits = []
for child, anc in pairs:
    hits.append(np.mean(d[child, others[child]] > d[child, anc]))
print(f"FINAL_LOSS={np.mean(total)}")
print(f"FINAL_METRIC=auc:{np.mean(hits) if np.isfinite(d[np.triu_indices(n_nodes, 1)]).all() else np.nan}")
