import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(314)

bands, minerals, n = 90, 5, 2000
wave = np.arange(bands)
library = np.zeros((minerals, bands))
for m in range(minerals):
    for centre in rng.uniform(5, bands - 5, 4):
        library[m] += rng.uniform(0.2, 0.6) * np.exp(-0.5 * ((wave - centre) / 3.0) ** 2)
kind = rng.integers(0, minerals, n)
spectra = 0.3 + library[kind] * rng.uniform(0.6, 1.2, (n, 1)) + rng.normal(0, 0.08, (n, bands))
spectra = np.clip(spectra, 0, 1).astype("float32")
onehot = np.eye(minerals, dtype="float32")[kind]
x_train, y_train = tf.constant(spectra[:1600]), tf.constant(onehot[:1600])
x_test = tf.constant(spectra[1600:])

w1 = tf.Variable(tf.random.normal((bands, 40), stddev=0.2))
b1 = tf.Variable(tf.zeros(40))
w2 = tf.Variable(tf.random.normal((40, 20), stddev=0.2))
b2 = tf.Variable(tf.zeros(20))
w3 = tf.Variable(tf.random.normal((20, minerals), stddev=0.2))
b3 = tf.Variable(tf.zeros(minerals))
params = [w1, b1, w2, b2, w3, b3]
rate, batch = 0.2, 50


def network(x):
    h = tf.sigmoid(tf.matmul(x, w1) + b1)
    h = tf.sigmoid(tf.matmul(h, w2) + b2)
    return tf.matmul(h, w3) + b3


@tf.function
def update(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=network(x)))
    for p, g in zip(params, tape.gradient(loss, params)):
        p.assign_sub(rate * g)
    return loss


for epoch in range(150):
    order = rng.permutation(1600)
    losses = []
    for i in range(0, 1600, batch):
        idx = order[i:i + batch]
        losses.append(float(update(tf.gather(x_train, idx), tf.gather(y_train, idx))))
    if (epoch + 1) % 25 == 0:
        print(f"epoch {epoch + 1}: cross entropy {np.mean(losses):.4f}")

pred = tf.argmax(network(x_test), 1).numpy()
acc = np.mean(pred == kind[1600:])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{acc}")
