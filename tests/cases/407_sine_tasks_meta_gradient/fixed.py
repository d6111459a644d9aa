"""MAML on sine curves, second order, five support points, one inner step."""
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)

TASKS = 16
SHOTS = 10
INNER_LR = 0.01
META_STEPS = 1500

net = keras.Sequential([
    keras.layers.Input((1,)),
    keras.layers.Dense(40, activation="relu"),
    keras.layers.Dense(40, activation="relu"),
    keras.layers.Dense(1),
])
meta_opt = keras.optimizers.Adam(1e-3)
rng = np.random.default_rng(5)


def sample_tasks(n):
    amp = rng.uniform(0.5, 4.0, (n, 1, 1))
    phase = rng.uniform(0, np.pi, (n, 1, 1))
    x = rng.uniform(-5, 5, (n, 2 * SHOTS, 1))
    y = amp * np.sin(x - phase)
    x, y = x.astype("float32"), y.astype("float32")
    return x[:, :SHOTS], y[:, :SHOTS], x[:, SHOTS:], y[:, SHOTS:]


def forward(params, x):
    w1, b1, w2, b2, w3, b3 = params
    h = tf.nn.relu(tf.matmul(x, w1) + b1[:, None])
    h = tf.nn.relu(tf.matmul(h, w2) + b2[:, None])
    return tf.matmul(h, w3) + b3[:, None]


def adapt(xs, ys):
    n = tf.shape(xs)[0]
    fast = [tf.repeat(v[None], n, axis=0) for v in net.trainable_variables]
    with tf.GradientTape() as inner:
        inner.watch(fast)
        loss = tf.reduce_sum(tf.reduce_mean(tf.square(forward(fast, xs) - ys), axis=[1, 2]))
    grads = inner.gradient(loss, fast)
    return [p - INNER_LR * g for p, g in zip(fast, grads)]


@tf.function
def meta_step(xs, ys, xq, yq):
    with tf.GradientTape() as outer:
        fast = adapt(xs, ys)
        loss = tf.reduce_mean(tf.square(forward(fast, xq) - yq))
    grads = outer.gradient(loss, net.trainable_variables)
    meta_opt.apply_gradients(zip(grads, net.trainable_variables))
    return loss


recent = []
for step in range(META_STEPS):
    loss = meta_step(*sample_tasks(TASKS))
    recent.append(float(loss))
    if step % 250 == 249:
        print(f"{step + 1:5d}  query loss after adaptation {np.mean(recent[-250:]):.4f}")

rng = np.random.default_rng(123)
xs, ys, xq, yq = sample_tasks(400)
mse = float(tf.reduce_mean(tf.square(forward(adapt(xs, ys), xq) - yq)))
print(f"FINAL_LOSS={np.mean(recent[-100:]):.6f}")
print(f"FINAL_METRIC=mse:{mse:.6f}")
