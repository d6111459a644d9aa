"""Direct feedback alignment: hidden layers get the output error through fixed random matrices."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

digits = load_digits()
x_tr, x_te, y_tr, y_te = train_test_split(
    (digits.data / 16.0).astype("float32"), digits.target, test_size=0.25, random_state=0)
t_tr = keras.utils.to_categorical(y_tr, 10).astype("float32")

d1 = keras.layers.Dense(128, activation="tanh")
d2 = keras.layers.Dense(128, activation="tanh")
d3 = keras.layers.Dense(10)
model = keras.Sequential([keras.layers.Input((64,)), d1, d2, d3])
opt = keras.optimizers.SGD(0.2, momentum=0.9)

rng = np.random.default_rng(1)
feedback1 = tf.constant(rng.uniform(-0.5, 0.5, (10, 128)), tf.float32)
feedback2 = tf.constant(rng.uniform(-0.5, 0.5, (10, 128)), tf.float32)


@tf.function
def update(x, t):
    h1 = d1(x)
    h2 = d2(h1)
    logits = d3(h2)
    n = tf.cast(tf.shape(x)[0], tf.float32)
    error = (tf.nn.softmax(logits) - t) / n
    g2 = tf.matmul(error, feedback2) * (1 - tf.square(h2))
    g1 = tf.matmul(error, feedback1) * (1 - tf.square(h1))
    grads = [
        tf.matmul(x, g1, transpose_a=True), tf.reduce_sum(g1, 0),
        tf.matmul(h1, g2, transpose_a=True), tf.reduce_sum(g2, 0),
        tf.matmul(h2, error, transpose_a=True), tf.reduce_sum(error, 0),
    ]
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(t, logits))


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


for epoch in range(30):
    order = rng.permutation(len(x_tr))
    losses = [float(update(x_tr[order[i:i + 32]], t_tr[order[i:i + 32]]))
              for i in range(0, len(order) - 31, 32)]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1} loss {np.mean(losses):.5f}")

acc = float(np.mean(model.predict(x_te, verbose=0).argmax(1) == y_te))
print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in opt.variables]))
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
