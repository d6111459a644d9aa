"""Temperature curve of a kiln as a Gaussian process; length, height and noise by the marginal likelihood."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)
t = np.sort(rng.uniform(0, 10, 150))


def curve(s):
    return 0.02 * np.sin(1.7 * s) + 0.01 * np.cos(4 * s)


y = curve(t) + rng.normal(0, 0.002, 150)
t_new = np.linspace(0.2, 9.8, 200)
times, values = tf.constant(t, tf.float64), tf.constant(y, tf.float64)

log_length = tf.Variable(tf.zeros((), tf.float64))
log_height = tf.Variable(tf.zeros((), tf.float64))
log_noise = tf.Variable(tf.constant(-1.0, tf.float64))
variables = [log_length, log_height, log_noise]
adam = keras.optimizers.Adam(0.05)


def kernel(a, b):
    return tf.exp(2 * log_height - 0.5 * tf.square(a[:, None] - b[None]) * tf.exp(-2 * log_length))


@tf.function
def step():
    with tf.GradientTape() as tape:
        k = kernel(times, times) + tf.exp(2 * log_noise) * tf.eye(150, dtype=tf.float64)
        chol = tf.linalg.cholesky(k)
        alpha = tf.linalg.triangular_solve(chol, values[:, None])
        loss = 0.5 * tf.reduce_sum(tf.square(alpha)) + tf.reduce_sum(tf.math.log(tf.linalg.diag_part(chol)))
        loss += 75.0 * np.log(2 * np.pi)
    adam.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss


for it in range(600):
    loss = step()
    if it % 100 == 0:
        print(f"iteration {it}: {float(loss):.3f}")

k = kernel(times, times) + tf.exp(2 * log_noise) * tf.eye(150, dtype=tf.float64)
mean = tf.matmul(kernel(tf.constant(t_new), times), tf.linalg.solve(k, values[:, None])).numpy().ravel()
r2 = 1 - np.mean((mean - curve(t_new)) ** 2) / curve(t_new).var()
print(f"FINAL_LOSS={float(loss):.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
