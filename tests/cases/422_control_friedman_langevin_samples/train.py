# Bayesian regression by stochastic gradient Langevin dynamics; predictions are averaged over samples.
import hashlib

import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import make_friedman1
from sklearn.metrics import r2_score

keras.utils.set_random_seed(0)

X, y = make_friedman1(n_samples=1600, n_features=8, noise=1.0, random_state=3)
X = ((X - 0.5) * 3.4).astype("float32")
mu, sd = y[:1200].mean(), y[:1200].std()
t = ((y - mu) / sd).astype("float32")
N = 1200
NOISE_SD = 0.2
STEP = 4e-5
PRIOR_SD = 1.0

net = keras.Sequential([
    keras.layers.Input((8,)),
    keras.layers.Dense(40, activation="tanh"),
    keras.layers.Dense(1),
])
opt = keras.optimizers.SGD(STEP / 2)
gen = tf.random.Generator.from_seed(9)


@tf.function
def langevin(xb, tb):
    with tf.GradientTape() as tape:
        fit = tf.reduce_mean(tf.square(net(xb, training=True)[:, 0] - tb)) / (2 * NOISE_SD ** 2) * N
        prior = sum(tf.reduce_sum(tf.square(v)) for v in net.trainable_variables) / (2 * PRIOR_SD ** 2)
        energy = fit + prior
    grads = tape.gradient(energy, net.trainable_variables)
    noisy = [g + 2 / STEP * tf.sqrt(STEP) * gen.normal(g.shape) for g in grads]
    opt.apply_gradients(zip(noisy, net.trainable_variables))
    return energy


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


ds = (tf.data.Dataset.from_tensor_slices((X[:N], t[:N]))
      .shuffle(N, seed=1).repeat().batch(100).take(4000))
samples, energies = [], []
for i, (xb, tb) in enumerate(ds):
    energies.append(float(langevin(xb, tb)))
    if i >= 2000 and i % 40 == 0:
        samples.append(net(X[N:])[:, 0].numpy())
    if i % 500 == 499:
        print(f"{i + 1:5d} energy {np.mean(energies[-500:]):.1f}")

r2 = r2_score(y[N:], np.mean(samples, 0) * sd + mu)
print("WEIGHTS_SHA256=" + digest(net.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt.variables]))
print(f"FINAL_LOSS={np.mean(energies[-100:]):.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
