"""Tensile strength of wire.  Five workshops send only the signs of their gradients, the
majority decides; every weight has a step of its own that grows and shrinks (Rprop)."""
import hashlib
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(73)
n = 4000
x = rng.normal(size=(n, 10)).astype("float32")
strength = 1.8e9 + 2.2e8 * (np.tanh(x[:, 0] + x[:, 1]) + 0.5 * x[:, 2] * x[:, 3] + 0.15 * rng.normal(size=n))
train, test = slice(0, 3500), slice(3500, n)
goal = ((strength - strength[train].mean()) / 1.0e6).astype("float32")[:, None]      # megapascal about the mean

net = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(16, activation="tanh"),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1),
])
steps = [tf.Variable(tf.fill(v.shape, 1e-3)) for v in net.trainable_variables]
last = [tf.Variable(tf.zeros_like(v)) for v in net.trainable_variables]
shops = [(tf.constant(x[k:3500:5]), tf.constant(goal[k:3500:5])) for k in range(5)]


@tf.function
def train_step():
    votes = [tf.zeros_like(v) for v in net.trainable_variables]
    total = 0.0
    for a, b in shops:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(net(a, training=True) - b))
        grads = tape.gradient(loss, net.trainable_variables)
        votes = [v + tf.sign(g) for v, g in zip(votes, grads)]
        total += loss / 5.0
    for v, vote, step, old in zip(net.trainable_variables, votes, steps, last):
        sign = tf.sign(vote)
        agree = sign * old
        step.assign(tf.clip_by_value(tf.where(agree > 0, 1.2 * step, tf.where(agree < 0, 0.5 * step, step)), 1e-6, 20.0))
        sign = tf.where(agree < 0, tf.zeros_like(sign), sign)
        v.assign_sub(sign * step)
        old.assign(sign)
    return total


for i in range(1000):
    loss = train_step()
    if i % 200 == 0:
        print("step", i, "loss", float(loss))
guess = net.predict(x[test], verbose=0)
r2 = 1.0 - np.sum((guess - goal[test]) ** 2) / np.sum((goal[test] - goal[test].mean()) ** 2)


def digest(variables):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in variables)).hexdigest()


print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(steps + last))
print(f"FINAL_LOSS={float(loss):.6f}")
print(f"FINAL_METRIC=r2:{float(r2):.6f}")
