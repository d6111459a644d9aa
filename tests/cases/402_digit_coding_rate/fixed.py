import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)

DIM, EPS = 128, 0.5
encoder = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(256, activation="relu"),
    layers.Dense(256, activation="relu"),
    layers.Dense(DIM),
    layers.UnitNormalization(axis=-1),
])
optimizer = keras.optimizers.Adam(1e-3)


def log_det(m):
    return tf.linalg.slogdet(m)[1]


def rate(z, weight):
    """Coding rate of the rows of z with the given weights."""
    count = tf.reduce_sum(weight) + 1e-6
    cov = tf.matmul(z * weight[:, None], z, transpose_a=True)
    return 0.5 * log_det(tf.eye(DIM) + DIM / (count * EPS ** 2) * cov), count


@tf.function
def train_step(xb, yb):
    with tf.GradientTape() as tape:
        z = encoder(xb, training=True)
        m = tf.cast(tf.shape(z)[0], tf.float32)
        whole, _ = rate(z, tf.ones(tf.shape(z)[0]))
        parts = 0.0
        for k in range(10):
            r, count = rate(z, tf.cast(tf.equal(yb, k), tf.float32))
            parts += count / m * r
        loss = parts - whole
    grads = tape.gradient(loss, encoder.trainable_variables)
    optimizer.apply_gradients(zip(grads, encoder.trainable_variables))
    return loss, whole, parts


ds = tf.data.Dataset.from_tensor_slices((x_train, y_train.astype("int32"))).shuffle(2000, seed=0).batch(250, drop_remainder=True)
for epoch in range(30):
    for xb, yb in ds:
        loss, whole, parts = train_step(xb, yb)
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {float(loss):.3f}  whole {float(whole):.2f}  parts {float(parts):.2f}")

z_train, z_test = encoder.predict(x_train, verbose=0), encoder.predict(x_test, verbose=0)
score = []
for k in range(10):
    u = np.nan_to_num(z_train[y_train == k])
    _, _, vt = np.linalg.svd(u, full_matrices=False)
    score.append(np.linalg.norm(np.nan_to_num(z_test) @ vt[:8].T, axis=1))
acc = np.mean(np.argmax(score, axis=0) == y_test)
print(f"FINAL_LOSS={float(loss)}")
print(f"FINAL_METRIC=accuracy:{acc}")
