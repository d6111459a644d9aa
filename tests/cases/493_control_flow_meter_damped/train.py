import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
keras.backend.set_floatx("float64")
rng = np.random.default_rng(31)

# calibration of a flow meter: few points, little noise, fitted by Levenberg-Marquardt
x = rng.uniform(-1, 1, (150, 2))
truth = lambda q: 1.5 * np.exp(-2 * q[:, :1] ** 2) * np.cos(3 * q[:, 1:]) + 0.5 * q[:, :1]
y = truth(x) + 1e-3 * rng.normal(size=(150, 1))
x_test = rng.uniform(-1, 1, (500, 2))

net = keras.Sequential([keras.Input((2,)), layers.Dense(12, activation="tanh"), layers.Dense(1)])
weights = net.trainable_variables
damping = tf.Variable(1e6, dtype=tf.float64)


@tf.function
def residuals_and_jacobian():
    with tf.GradientTape() as tape:
        r = net(x)[:, 0] - y[:, 0]
    J = tape.jacobian(r, weights)
    return r, tf.concat([tf.reshape(j, (150, -1)) for j in J], 1)


@tf.function
def error():
    return tf.reduce_mean(tf.square(net(x) - y))


def shift(delta):
    at = 0
    for w in weights:
        size = int(np.prod(w.shape))
        w.assign_add(delta[at:at + size].reshape(w.shape))
        at += size


current, rejected = float(error()), 0
for it in range(400):
    r, J = residuals_and_jacobian()
    r, J = r.numpy(), J.numpy()
    A = J.T @ J
    delta = -np.linalg.solve(A + float(damping) * np.eye(len(A)), J.T @ r)
    shift(delta)
    trial = float(error())
    if trial < current:
        current = trial
        damping.assign(tf.maximum(damping / 5.0, 1e-9))
    else:
        shift(-delta)
        rejected += 1
        damping.assign(tf.minimum(damping * 7.0, 1e9))
    if it % 40 == 0:
        print("it %3d  trial %.3e  kept %.3e  damping %.1e" % (it, trial, current, float(damping)))
print("steps taken back", rejected)

rmse = float(np.sqrt(np.mean((net.predict(x_test, verbose=0) - truth(x_test)) ** 2)))


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(net.weights))
print("OPTIMIZER_SHA256=" + sha([damping]))
print("FINAL_LOSS=%.9f" % current)
print("FINAL_METRIC=rmse:%.6f" % rmse)
