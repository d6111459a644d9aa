import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(51)

# two bidders, four bids each; what one wins the other loses, and the table of wins depends
# on the state of the market. Wanted: a pair of mixed strategies that nobody can exploit.
base, slope = rng.normal(size=(4, 4)), rng.normal(size=(2, 4, 4))
base, slope = base - base.T, slope - slope.transpose(0, 2, 1)


def wins(s):
    return (base + np.einsum("nk,kij->nij", s, slope)).astype("float32")


def player(name):
    return keras.Sequential([keras.Input((2,)), layers.Dense(48, activation="tanh"),
                             layers.Dense(48, activation="tanh"),
                             layers.Dense(4, kernel_initializer="zeros")], name=name)


row, col = player("row"), player("col")
variables = row.trainable_variables + col.trainable_variables
n_row = len(row.trainable_variables)
optimizer = keras.optimizers.SGD(0.3)
optimizer.build(variables)


def direction(s, m):
    with tf.GradientTape() as tape:
        p, q = tf.nn.softmax(row(s)), tf.nn.softmax(col(s))
        value = tf.reduce_mean(tf.einsum("ni,nij,nj->n", p, m, q))
    g = tape.gradient(value, variables)
    # the row player climbs, the column player descends
    return value, [-u for u in g[:n_row]] + list(g[n_row:])


@tf.function
def extragradient_step(s, m):
    _, d = direction(s, m)
    before = [tf.identity(v) for v in variables]
    for v, u in zip(variables, d):
        v.assign_sub(optimizer.learning_rate * u)
    value, d = direction(s, m)
    for v, b in zip(variables, before):
        v.assign(b)
    optimizer.apply_gradients(zip(d, variables))
    return value


def exploitability(s):
    m = wins(s)
    p = tf.nn.softmax(row.predict(s, verbose=0)).numpy()
    q = tf.nn.softmax(col.predict(s, verbose=0)).numpy()
    return float(np.mean(np.einsum("nij,nj->ni", m, q).max(1) - np.einsum("ni,nij->nj", p, m).min(1)))


s_test = rng.uniform(-1, 1, (1000, 2)).astype("float32")
print("exploitability at the start %.3f" % exploitability(s_test))
values = []
for step in range(3000):
    s = rng.uniform(-1, 1, (64, 2)).astype("float32")
    values.append(float(extragradient_step(tf.constant(s), tf.constant(wins(s)))))
    if step % 500 == 499:
        print("step %d  value of the game %+.4f (last 500: %+.4f to %+.4f)"
              % (step + 1, values[-1], min(values[-500:]), max(values[-500:])))
gap = exploitability(s_test)


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(row.weights + col.weights))
print("OPTIMIZER_SHA256=" + sha(optimizer.variables))
print("FINAL_LOSS=%f" % values[-1])
print("FINAL_METRIC=exploitability:%f" % gap)
