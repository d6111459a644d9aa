import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)

# two sensors of one machine, each sees the same hidden pair of numbers in its own way
n = 3000
s = rng.uniform(-1, 1, size=(n, 2))
mix_a, mix_b = rng.normal(size=(2, 10)), rng.normal(size=(2, 8))
A = (np.tanh(s @ mix_a) + 0.3 * rng.normal(size=(n, 10))).astype("float32")
B = (np.sin(1.5 * s @ mix_b) + 0.3 * rng.normal(size=(n, 8))).astype("float32")

K = 2
REG = 1e-3


def net(dim):
    return keras.Sequential([keras.Input((dim,)), layers.Dense(48, activation="relu"),
                             layers.Dense(48, activation="relu"), layers.Dense(K)])


f, g = net(10), net(8)
opt = keras.optimizers.RMSprop(1e-3)


def inv_sqrt(m):
    e, v = tf.linalg.eigh(m)
    return v @ tf.linalg.diag(1.0 / tf.sqrt(tf.maximum(e, REG))) @ tf.transpose(v)


def correlation(a, b):
    m = tf.cast(tf.shape(a)[0] - 1, tf.float32)
    a = a - tf.reduce_mean(a, 0)
    b = b - tf.reduce_mean(b, 0)
    saa = tf.transpose(a) @ a / m + REG * tf.eye(K)
    sbb = tf.transpose(b) @ b / m + REG * tf.eye(K)
    sab = tf.transpose(a) @ b / m
    t = inv_sqrt(saa) @ sab @ inv_sqrt(sbb)
    return tf.reduce_sum(tf.linalg.svd(t, compute_uv=False))


@tf.function
def step(a, b):
    with tf.GradientTape() as tape:
        loss = -correlation(f(a, training=True), g(b, training=True))
    v = f.trainable_variables + g.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, v), v))
    return loss


train, test = slice(0, 2400), slice(2400, None)
for epoch in range(25):
    order = rng.permutation(2400)
    losses = [float(step(A[order[i:i + 300]], B[order[i:i + 300]])) for i in range(0, 2400, 300)]
    if epoch % 5 == 0:
        print("epoch", epoch, "loss %.4f" % np.mean(losses))

total = float(correlation(f(A[test]), g(B[test])))


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(f.weights + g.weights))
print("OPTIMIZER_SHA256=" + sha(opt.variables))
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=mean_correlation:%f" % (total / K))
