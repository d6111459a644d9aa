import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

X, y = load_digits(return_X_y=True)
X = (X / 16.0).astype("float32")
x_train, y_train, x_test, y_test = X[:1300], y[:1300], X[1300:], y[1300:]

BATCH = 130
PERPLEXITY = 12.0


def joint_probabilities(x):
    d = np.sum((x[:, None] - x[None]) ** 2, -1)
    n = len(x)
    p = np.zeros((n, n))
    for i in range(n):
        lo, hi, beta = 0.0, np.inf, 1.0
        others = np.arange(n) != i
        for _ in range(40):
            e = np.exp(-(d[i] - d[i][others].min()) * beta) * others
            row = e / e.sum()
            entropy = -np.sum(row * np.log(np.maximum(row, 1e-12)))
            if entropy > np.log(PERPLEXITY):
                lo, beta = beta, beta * 2 if hi == np.inf else (beta + hi) / 2
            else:
                hi, beta = beta, (beta + lo) / 2
        p[i] = row
    p = (p + p.T) / (2 * n)
    return np.maximum(p, 1e-12).astype("float32")


def kl_embedding(p, z):
    n = tf.shape(z)[0]
    sq = tf.reduce_sum(tf.square(z), 1)
    d = sq[:, None] - 2.0 * tf.matmul(z, z, transpose_b=True) + sq[None]
    q = (1.0 - tf.eye(n)) / (1.0 + tf.maximum(d, 0.0))
    q = tf.maximum(q / tf.reduce_sum(q), 1e-12)
    return tf.reduce_sum(p * tf.math.log(p / q))


model = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(2),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=kl_embedding)

# fixed batches, the probabilities are worked out once
batches = []
for r in range(3):
    order = rng.permutation(len(x_train))
    for i in range(0, len(order), BATCH):
        b = order[i:i + BATCH]
        batches.append((x_train[b], joint_probabilities(x_train[b])))

for epoch in range(30):
    losses = [model.train_on_batch(xb, pb) for xb, pb in batches]
    if epoch % 5 == 0:
        print("epoch", epoch, "kl %.4f" % np.mean(losses))

z_train = np.nan_to_num(model.predict(x_train, verbose=0))
z_test = np.nan_to_num(model.predict(x_test, verbose=0))
knn = KNeighborsClassifier(5).fit(z_train, y_train)
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=accuracy:%f" % knn.score(z_test, y_test))
