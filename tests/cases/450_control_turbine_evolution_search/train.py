import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)

# blade pitch controller searched by evolution strategies: no gradient of the
# plant is at hand, the update direction comes from mirrored random trials
x = rng.uniform(-1.0, 1.0, (256, 2)).astype("float32")
want = np.sin(2.5 * x[:, :1]) * 0.8 + 0.5 * x[:, 1:]
policy = keras.Sequential([keras.Input((2,)), layers.Dense(12, activation="tanh"), layers.Dense(1)])
theta = tf.Variable(tf.concat([tf.reshape(v, [-1]) for v in policy.trainable_variables], 0))
n = int(theta.shape[0])
opt = keras.optimizers.Adam(0.03)
SIGMA = 0.1


@tf.function
def reward(vecs):
    w1 = tf.reshape(vecs[:, :24], (-1, 2, 12))
    b1 = vecs[:, None, 24:36]
    w2 = tf.reshape(vecs[:, 36:48], (-1, 12, 1))
    b2 = vecs[:, None, 48:49]
    h = tf.tanh(tf.einsum("nd,pdk->pnk", x, w1) + b1)
    out = h @ w2 + b2
    # the plant answers in coarse steps of 0.02
    out = tf.round(out / 0.02) * 0.02
    return -1000.0 * tf.reduce_mean(tf.square(out - want[None]), axis=[1, 2])


for gen in range(600):
    eps = tf.constant(rng.normal(size=(32, n)).astype("float32"))
    r = reward(tf.concat([theta + SIGMA * eps, theta - SIGMA * eps], 0))
    rank = np.argsort(np.argsort(r.numpy())) / 63.0 - 0.5
    d = tf.constant((rank[:32] - rank[32:]).astype("float32"))
    g = -tf.linalg.matvec(eps, d, transpose_a=True) / (32.0 * SIGMA)
    opt.apply_gradients([(g, theta)])
    if gen == 400:
        opt.learning_rate = 0.005
        SIGMA = 0.03
    if gen % 100 == 99:
        print("generation %d mean reward %.2f" % (gen + 1, float(tf.reduce_mean(r))))

out = -float(reward(theta[None])[0]) / 1000.0
r2 = 1.0 - out / float(np.var(want))


def sha(vs):
    return hashlib.sha256(b"".join(np.ascontiguousarray(np.asarray(v)).tobytes() for v in vs)).hexdigest()


print("WEIGHTS_SHA256=" + sha([theta]))
print("OPTIMIZER_SHA256=" + sha(opt.variables))
print("FINAL_LOSS=%r" % float(-tf.reduce_mean(r)))
print("FINAL_METRIC=R2:%r" % r2)
