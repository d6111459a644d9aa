import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# Two presses, the same four kinds of fault, other sensors speak. The net is
# trained on press A, then on press B alone, held near the weights that matter
# for A by the Fisher information (elastic weight consolidation).
N_FEAT, N_FAULTS = 20, 4
CENTRES = rng.normal(0, 1.0, (2, N_FAULTS, 10))


def press(which, n):
    fault = rng.integers(0, N_FAULTS, n)
    x = np.zeros((n, N_FEAT), "float32")
    part = slice(0, 10) if which == 0 else slice(10, 20)
    x[:, part] = CENTRES[which][fault] + rng.normal(0, 0.6, (n, 10))
    return x, fault


a_x, a_y = press(0, 1600)
b_x, b_y = press(1, 1600)
a_test, b_test = press(0, 600), press(1, 600)

model = keras.Sequential([
    layers.Input((N_FEAT,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(N_FAULTS),
])
ce = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
LAMBDA = 20000.0


def train(x, y, epochs, penalty):
    opt = keras.optimizers.Adam(1e-3)

    @tf.function
    def step(xb, yb):
        with tf.GradientTape() as tape:
            loss = ce(yb, model(xb, training=True)) + penalty()
        grads = tape.gradient(loss, model.trainable_variables)
        opt.apply_gradients(zip(grads, model.trainable_variables))
        return loss

    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1600, seed=0).batch(32)
    for epoch in range(epochs):
        losses = [float(step(xb, yb)) for xb, yb in data]
        print(f"  epoch {epoch:2d}  loss {np.mean(losses):.5f}  highest {np.max(losses):.3f}")
    return losses[-1], opt


print("press A")
train(a_x, a_y, 12, lambda: 0.0)

anchor = [tf.identity(v) for v in model.trainable_variables]
fisher = [np.zeros(v.shape, "float32") for v in model.trainable_variables]


@tf.function
def score(x):
    logits = model(x)
    drawn = tf.random.categorical(logits, 1)[:, 0]
    with tf.GradientTape() as tape:
        logp = -ce(drawn, model(x))
    return tape.gradient(logp, model.trainable_variables)


for i in range(400):
    for f, g in zip(fisher, score(tf.constant(a_x[i:i + 1]))):
        f += g.numpy() ** 2 / 400.0
fisher = [tf.constant(f) for f in fisher]


def hold():
    terms = [tf.reduce_sum(f * tf.square(v - a))
             for f, v, a in zip(fisher, model.trainable_variables, anchor)]
    return 0.5 * LAMBDA * tf.add_n(terms)


print("press B")
loss, opt = train(b_x, b_y, 14, hold)

acc_a = np.mean(model.predict(a_test[0], verbose=0).argmax(1) == a_test[1])
acc_b = np.mean(model.predict(b_test[0], verbose=0).argmax(1) == b_test[1])
print(f"press A {acc_a:.3f}, press B {acc_b:.3f}")


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt.variables]))
print(f"FINAL_LOSS={loss:.6f}")
print(f"FINAL_METRIC=worse_accuracy:{min(acc_a, acc_b):.4f}")
