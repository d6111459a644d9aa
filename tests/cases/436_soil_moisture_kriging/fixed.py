import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.metrics import mean_squared_error

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

# probes on a field; a few plots were read on two days
pos = rng.uniform(-2.0, 2.0, (150, 2))
pos = np.concatenate([pos, pos[:30]])
field = lambda p: np.sin(2.0 * p[:, 0]) + 0.6 * np.cos(3.0 * p[:, 1]) * p[:, 0]
val = field(pos) + rng.normal(0.0, 0.05, len(pos))
grid = rng.uniform(-1.9, 1.9, (400, 2))
truth = field(grid)

x = tf.constant(pos, tf.float32)
y = tf.constant(val[:, None], tf.float32)
g = tf.constant(grid, tf.float32)

warp = keras.Sequential([keras.Input((2,)), layers.Dense(16, activation="tanh"), layers.Dense(3)])
log_amp = tf.Variable(0.0)
log_len = tf.Variable(0.0)
opt = keras.optimizers.Adam(0.02)
variables = warp.trainable_variables + [log_amp, log_len]


def kernel(a, b):
    d2 = tf.reduce_sum(tf.square(a[:, None, :] - b[None, :, :]), -1)
    return tf.exp(2.0 * log_amp) * tf.exp(-0.5 * d2 / tf.exp(2.0 * log_len))


def factor(z):
    k = kernel(z, z) + 1e-2 * tf.eye(tf.shape(z)[0])
    return tf.linalg.cholesky(k)


@tf.function
def step():
    with tf.GradientTape() as tape:
        chol = factor(tf.concat([x, warp(x)], 1))
        w = tf.linalg.triangular_solve(chol, y)
        nll = 0.5 * tf.reduce_sum(tf.square(w)) + tf.reduce_sum(tf.math.log(tf.linalg.diag_part(chol)))
        loss = nll / 180.0
    opt.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss


for it in range(150):
    loss = float(step())
    if it % 25 == 0:
        print("iter %d evidence %.4f" % (it, loss))

zx = tf.concat([x, warp(x)], 1)
zg = tf.concat([g, warp(g)], 1)
mean = tf.matmul(kernel(zg, zx), tf.linalg.cholesky_solve(factor(zx), y))[:, 0].numpy()
rmse = float(np.sqrt(mean_squared_error(truth, mean)))
print("FINAL_LOSS=%r" % loss)
print("FINAL_METRIC=rmse:%r" % rmse)
