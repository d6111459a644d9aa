"""Do two prints come from the same stamp? Contrastive loss on the distance; some pairs are one and the same print."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(102)
N_STAMPS, DIM, MARGIN = 30, 40, 1.0
stamps = rng.normal(size=(N_STAMPS, DIM))


def prints(ids):
    ink = rng.uniform(0.6, 1.4, size=(len(ids), 1))
    return (ink * stamps[ids] + 0.45 * rng.normal(size=(len(ids), DIM))).astype("float32")


def pairs(n):
    a = rng.integers(0, N_STAMPS, n)
    same = rng.integers(0, 2, n).astype(bool)
    b = np.where(same, a, (a + rng.integers(1, N_STAMPS, n)) % N_STAMPS)
    left, right = prints(a), prints(b)
    twins = same & (rng.uniform(size=n) < 0.1)
    right[twins] = left[twins]
    return left, right, same.astype("float32")


L_train, R_train, s_train = pairs(4000)
L_test, R_test, s_test = pairs(1200)

encoder = keras.Sequential([keras.Input((DIM,)), layers.Dense(64, activation="relu"), layers.Dense(16)])
optimizer = keras.optimizers.Adam(1e-3)
ds = tf.data.Dataset.from_tensor_slices((L_train, R_train, s_train)).shuffle(4000, seed=1).batch(64)


def distance(a, b):
    square = tf.reduce_sum(tf.square(a - b), axis=-1)
    return tf.sqrt(tf.maximum(square, 1e-7))


@tf.function
def step(a, b, same):
    with tf.GradientTape() as tape:
        d = distance(encoder(a, training=True), encoder(b, training=True))
        loss = tf.reduce_mean(same * d ** 2 + (1.0 - same) * tf.maximum(MARGIN - d, 0.0) ** 2)
    grads = tape.gradient(loss, encoder.trainable_variables)
    optimizer.apply_gradients(zip(grads, encoder.trainable_variables))
    return loss


for epoch in range(25):
    losses = [float(step(a, b, s)) for a, b, s in ds]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


d = distance(encoder(L_test), encoder(R_test)).numpy()
accuracy = float(np.mean((d < MARGIN / 2) == (s_test > 0.5)))
print(f"WEIGHTS_SHA256={digest(encoder.weights)}")
print(f"OPTIMIZER_SHA256={digest(optimizer.variables)}")
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
