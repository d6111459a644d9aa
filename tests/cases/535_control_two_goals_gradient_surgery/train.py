"""Two tasks that pull at one trunk: where their gradients conflict, each is freed of the part
that goes against the other."""
import hashlib
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(67)
n = 4000
x = rng.normal(size=(n, 20)).astype("float32")
h = np.tanh(x @ rng.normal(size=(20, 6)) / 7.0)
load = (h @ rng.normal(size=6) * 40.0 + 15.0 * rng.normal(size=n)).astype("float32")[:, None]
fault = (h @ rng.normal(size=6) + 0.5 * rng.normal(size=n) > 0).astype("float32")[:, None]
train, test = slice(0, 3200), slice(3200, n)

inputs = keras.Input((20,))
trunk = layers.Dense(48, activation="tanh")(inputs)
trunk = layers.Dense(24, activation="tanh")(trunk)
net = keras.Model(inputs, [layers.Dense(1)(trunk), layers.Dense(1)(trunk)])
optimizer = keras.optimizers.RMSprop(2e-3)
centre, spread = float(load[train].mean()), float(load[train].std())


def flat(grads):
    return tf.concat([tf.reshape(g, [-1]) for g in grads], 0)


@tf.function
def train_step(a, b, c):
    with tf.GradientTape(persistent=True) as tape:
        level, logit = net(a, training=True)
        loss_load = 50.0 * tf.reduce_mean(tf.square(level - (b - centre) / spread))
        loss_fault = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(c, logit))
    w = net.trainable_variables
    one = [tf.zeros_like(v) if d is None else d for d, v in zip(tape.gradient(loss_load, w), w)]
    two = [tf.zeros_like(v) if d is None else d for d, v in zip(tape.gradient(loss_fault, w), w)]
    del tape
    f, g = flat(one), flat(two)
    f, g = f / (tf.norm(f) + 1e-8), g / (tf.norm(g) + 1e-8)
    dot = tf.minimum(tf.reduce_sum(f * g), 0.0)
    joint = (f - dot * g) + (g - dot * f)
    parts, start = [], 0
    for v in w:
        size = int(np.prod(v.shape))
        parts.append(tf.reshape(joint[start:start + size], v.shape))
        start += size
    optimizer.apply_gradients(zip(parts, w))
    return loss_load, loss_fault, dot


data = tf.data.Dataset.from_tensor_slices((x[train], load[train], fault[train])).shuffle(3200, seed=3).batch(40)
for epoch in range(25):
    seen = np.array([[float(v) for v in train_step(*batch)] for batch in data])
    if epoch % 5 == 0:
        print("epoch", epoch, "load, fault, conflict:", seen.mean(0).round(4))
_, logit = net.predict(x[test], verbose=0)
accuracy = float(np.mean((logit > 0) == (fault[test] > 0.5)))


def digest(variables):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in variables)).hexdigest()


print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))
print(f"FINAL_LOSS={float(seen.mean(0)[:2].sum()):.6f}")
print(f"FINAL_METRIC=fault_accuracy:{accuracy:.6f}")
