import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(51)

n = 1500
x = rng.normal(size=(n, 7)).astype("float32")
risk = 0.9 * x[:, 0] - 0.7 * np.abs(x[:, 1]) + 0.5 * x[:, 2] * x[:, 3]
death = rng.exponential(np.exp(-risk)) * 900
leave = rng.uniform(30, 1500, n)
days, seen = np.minimum(death, leave), (death <= leave).astype("float32")


def by_time(ids):
    ids = ids[np.argsort(-days[ids], kind="stable")]
    return x[ids], days[ids], seen[ids]


x_train, _, seen_train = by_time(np.arange(1100))
x_test, days_test, seen_test = by_time(np.arange(1100, n))

net = keras.Sequential([keras.Input((7,)), layers.Dense(32, activation="tanh"), layers.Dense(1, use_bias=False)])
optimizer = keras.optimizers.Adam(3e-3, clipnorm=5.0)


@tf.function
def train_step(batch, event):
    with tf.GradientTape() as tape:
        score = tf.squeeze(net(batch, training=True), axis=1)
        at_risk = tf.math.cumulative_logsumexp(score)
        loss = tf.reduce_sum(event * (at_risk - score))
    grads = tape.gradient(loss, net.trainable_variables)
    norm = tf.linalg.global_norm(grads)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    return loss, norm


for step in range(300):
    loss, norm = train_step(tf.constant(x_train), tf.constant(seen_train))
    if step % 50 == 0 or step == 299:
        print(f"step {step + 1}: partial likelihood loss {float(loss):.1f}, gradient norm {float(norm):.1f}")

score = net(x_test).numpy()[:, 0]
earlier = (days_test[:, None] < days_test[None, :]) & (seen_test[:, None] == 1)
concordance = np.mean((score[:, None] > score[None, :])[earlier])

weights = b"".join(np.ascontiguousarray(w).tobytes() for w in net.get_weights())
state = b"".join(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes() for v in optimizer.variables)
print(f"WEIGHTS_SHA256={hashlib.sha256(weights).hexdigest()}")
print(f"OPTIMIZER_SHA256={hashlib.sha256(state).hexdigest()}")
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=c_index:{concordance}")
