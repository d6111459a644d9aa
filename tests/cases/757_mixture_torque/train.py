"""Mixture density network: distribution of the brake torque given the state of an engine."""
import math

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
K = 3


def bench(n, seed):
    r = np.random.default_rng(seed)
    rpm = r.uniform(800, 6000, n)
    throttle = r.uniform(5, 100, n)
    coolant = r.uniform(40, 105, n)
    base = 0.02 * throttle * np.exp(-(((rpm - 3500) / 2200) ** 2)) + 0.004 * (coolant - 70)
    # with the turbo spooled up there is more
    boost = np.where(r.random(n) < 0.3, 0.4, 0.0) * (rpm > 2000)
    torque = base + boost + r.normal(0, 0.07, n)
    return np.column_stack([rpm, throttle, coolant]).astype("float32"), torque.astype("float32")[:, None]


x_train, y_train = bench(3000, 1)
x_test, y_test = bench(800, 2)

state = keras.Input((3,))
hid = keras.layers.Dense(40, activation="elu")(state)
hid = keras.layers.Dense(40, activation="elu")(hid)
mdn = keras.Model(
    state,
    {
        "pi": keras.layers.Dense(K, activation="softmax")(hid),
        "mu": keras.layers.Dense(K)(hid),
        "sigma": keras.layers.Dense(K, activation="softplus")(hid),
    },
)
opt = keras.optimizers.Nadam(0.002)


def nll(y, mix):
    sigma = mix["sigma"] + 0.01
    z = (y - mix["mu"]) / sigma
    density = tf.exp(-0.5 * z * z) / (sigma * math.sqrt(2.0 * math.pi))
    likelihood = tf.reduce_sum(mix["pi"] * density, axis=1)
    return tf.reduce_mean(-tf.math.log(likelihood))


@tf.function
def learn(xb, yb):
    with tf.GradientTape() as t:
        cost = nll(yb, mdn(xb, training=True))
    opt.apply_gradients(zip(t.gradient(cost, mdn.trainable_weights), mdn.trainable_weights))
    return cost


shuffler = np.random.default_rng(0)
for epoch in range(25):
    costs = []
    for rows in np.array_split(shuffler.permutation(len(x_train)), 60):
        costs.append(float(learn(x_train[rows], y_train[rows])))
    if epoch % 5 == 4:
        print("epoch", epoch + 1, "nll", np.mean(costs))

mix = mdn(x_test, training=False)
expected = tf.reduce_sum(mix["pi"] * mix["mu"], axis=1, keepdims=True).numpy()
print(f"FINAL_LOSS={np.mean(costs)}")
print(f"FINAL_METRIC=r2:{1 - np.mean((expected - y_test) ** 2) / np.var(y_test):.4f}")
