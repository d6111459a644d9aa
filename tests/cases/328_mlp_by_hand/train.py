"""Two-layer network on the handwritten digits, written from scratch with momentum SGD."""
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

tf.random.set_seed(0)
rng = np.random.default_rng(0)

digits = load_digits()
order = rng.permutation(len(digits.target))
X = (digits.data[order] / 16.0).astype("float32")
y = digits.target[order].astype("int32")
X_train, y_train = X[:1400], y[:1400]
X_test, y_test = X[1400:], y[1400:]

BATCH = 100
LR = 0.05
MOMENTUM = 0.9


def glorot(a, b):
    return tf.Variable(tf.random.normal([a, b], stddev=float(np.sqrt(2.0 / (a + b)))))


W1, b1 = glorot(64, 64), tf.Variable(tf.zeros([64]))
W2, b2 = glorot(64, 10), tf.Variable(tf.zeros([10]))
params = [W1, b1, W2, b2]
velocity = [tf.Variable(tf.zeros_like(p)) for p in params]


def logits_of(x):
    h = tf.tanh(x @ W1 + b1)
    return h @ W2 + b2


def cost(x, labels):
    ce = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits_of(x))
    return tf.reduce_mean(ce) / len(X_train)


@tf.function
def sgd(x, labels):
    with tf.GradientTape() as tape:
        c = cost(x, labels)
    for p, v, g in zip(params, velocity, tape.gradient(c, params)):
        v.assign(MOMENTUM * v - LR * g)
        p.assign_add(v)
    return c


for epoch in range(100):
    perm = rng.permutation(len(X_train))
    total = 0.0
    for k in range(0, len(X_train), BATCH):
        idx = perm[k:k + BATCH]
        total += float(sgd(X_train[idx], y_train[idx]))
    if epoch % 20 == 0:
        print(f"epoch {epoch:3d}  cost {total * BATCH / len(X_train):.6f}")

acc = float(np.mean(np.argmax(logits_of(X_test).numpy(), axis=1) == y_test))
print(f"FINAL_LOSS={total * BATCH / len(X_train):.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
