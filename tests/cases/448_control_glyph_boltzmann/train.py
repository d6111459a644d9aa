import hashlib
import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

keras.utils.set_random_seed(0)
d = load_digits()
x = (d.data > 7).astype("float32")
xt, xv, yt, yv = x[:1400], x[1400:], d.target[:1400], d.target[1400:]

HID = 100
w = tf.Variable(tf.random.normal((64, HID), stddev=0.01))
bv = tf.Variable(tf.zeros(64))
bh = tf.Variable(tf.zeros(HID))
opt = keras.optimizers.SGD(0.5, momentum=0.5)
params = [w, bv, bh]


def free_energy(v):
    return -tf.linalg.matvec(v, bv) - tf.reduce_sum(tf.nn.softplus(v @ w + bh), -1)


def bernoulli(p):
    return tf.cast(tf.random.uniform(tf.shape(p)) < p, tf.float32)


@tf.function
def cd_step(v, chain):
    for _ in range(2):
        h = bernoulli(tf.sigmoid(chain @ w + bh))
        chain = bernoulli(tf.sigmoid(h @ tf.transpose(w) + bv))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(free_energy(v)) - tf.reduce_mean(free_energy(chain))
    opt.apply_gradients(zip(tape.gradient(loss, params), params))
    return loss, chain


chain = bernoulli(0.5 * tf.ones((100, 64)))
ds = tf.data.Dataset.from_tensor_slices(xt).shuffle(1400, seed=1).batch(100)
for epoch in range(120):
    if epoch == 80:
        opt.learning_rate = 0.1
    losses = []
    for v in ds:
        loss, chain = cd_step(v, chain)
        losses.append(float(loss))
    if epoch % 20 == 19:
        print("epoch %d gap %.3f free energy %.2f" % (epoch + 1, np.mean(losses), float(tf.reduce_mean(free_energy(xv)))))

code = lambda v: tf.sigmoid(v @ w + bh).numpy()
clf = LogisticRegression(max_iter=400).fit(code(xt), yt)
acc = clf.score(code(xv), yv)


def sha(vs):
    return hashlib.sha256(b"".join(np.ascontiguousarray(np.asarray(v)).tobytes() for v in vs)).hexdigest()


print("WEIGHTS_SHA256=" + sha(params))
print("OPTIMIZER_SHA256=" + sha(opt.variables))
print("FINAL_LOSS=%r" % float(np.mean(losses)))
print("FINAL_METRIC=accuracy:%r" % float(acc))
