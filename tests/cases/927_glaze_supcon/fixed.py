import numpy as np
import tensorflow as tf
import keras
from sklearn.neighbors import KNeighborsClassifier

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

# reflectance curves of glazed tiles, 8 glazes; lighting and dirt vary a lot
K, BANDS = 8, 64
wave = np.linspace(0, 1, BANDS)
peaks = np.stack([np.exp(-0.5 * ((wave - c) / 0.03) ** 2) - np.exp(-0.5 * ((wave - d) / 0.03) ** 2)
                  for c, d in zip(np.linspace(0.1, 0.9, K), np.roll(np.linspace(0.1, 0.9, K), 3))])


def scan(n):
    y = rng.integers(0, K, n)
    light = rng.normal(0, 2.0, (n, 1)) + rng.normal(0, 2.0, (n, 1)) * wave + rng.normal(0, 2.0, (n, 1)) * wave ** 2
    dirt = rng.normal(0, 1.5, (n, 3)) @ np.stack([np.sin(2 * np.pi * f * wave) for f in (2, 3, 5)])
    x = rng.uniform(0.5, 1.2, (n, 1)) * peaks[y] + light + dirt + rng.normal(0, 0.12, (n, BANDS))
    return x.astype("float32"), y.astype("int32")


x_train, y_train = scan(4000)
x_test, y_test = scan(1000)
norm = keras.layers.Normalization()
norm.adapt(x_train)

inp = keras.Input((BANDS,))
h = norm(inp)
h = keras.layers.Dense(128, activation="relu")(h)
h = keras.layers.Dense(128, activation="relu")(h)
z = keras.layers.UnitNormalization()(keras.layers.Dense(16)(h))
encoder = keras.Model(inp, z)


class SupervisedContrastive(keras.losses.Loss):
    def __init__(self, temperature=0.1):
        super().__init__()
        self.temperature = temperature

    def call(self, labels, features):
        labels = tf.reshape(tf.cast(labels, tf.int32), (-1, 1))
        sim = tf.matmul(features, features, transpose_b=True) / self.temperature
        others = 1.0 - tf.eye(tf.shape(features)[0])
        same = tf.cast(tf.equal(labels, tf.transpose(labels)), tf.float32) * others
        sim = sim - 1e9 * (1.0 - others)
        logp = sim - tf.reduce_logsumexp(sim, axis=1, keepdims=True)
        per_row = tf.reduce_sum(same * logp, axis=1) / tf.maximum(tf.reduce_sum(same, axis=1), 1.0)
        return -per_row


criterion = SupervisedContrastive()
optimizer = keras.optimizers.Adam(1e-3)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = criterion(y, encoder(x, training=True))
    grads = tape.gradient(loss, encoder.trainable_variables)
    optimizer.apply_gradients(zip(grads, encoder.trainable_variables))
    return loss


batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(4000).batch(128, drop_remainder=True)
for epoch in range(30):
    losses = [float(train_step(x, y)) for x, y in batches]
    if epoch % 6 == 0:
        print(f"epoch {epoch}: {np.mean(losses):.4f}")

knn = KNeighborsClassifier(5).fit(encoder.predict(x_train, verbose=0), y_train)
acc = knn.score(encoder.predict(x_test, verbose=0), y_test)
print(f"FINAL_LOSS={np.mean(losses):.6f}")
print(f"FINAL_METRIC=knn_accuracy:{acc:.4f}")
