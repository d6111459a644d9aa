"""Tag every byte of short network packets; all packets are padded to the longest allowed."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)


def digest(values):
    blob = b"".join(np.asarray(keras.ops.convert_to_numpy(v)).tobytes() for v in values)
    return hashlib.sha256(blob).hexdigest()


LONGEST, CODES, TAGS = 160, 40, 4


def packet():
    n = int(rng.integers(6, 18))
    code = rng.integers(1, CODES, n)
    tag = np.zeros(n, int)
    inside = 0
    for k in range(n):
        if code[k] < 8:
            inside = 1
        elif code[k] > 34:
            inside = 0
        tag[k] = 2 * inside + code[k] % 2
    return code, tag


def capture(n):
    x = np.zeros((n, LONGEST), "int32")
    y = np.zeros((n, LONGEST), "int32")
    w = np.zeros((n, LONGEST), "float32")
    for r in range(n):
        code, tag = packet()
        x[r, :len(code)], y[r, :len(tag)], w[r, :len(code)] = code, tag, 1.0
    return x, y, w


x_train, y_train, w_train = capture(2000)
x_test, y_test, w_test = capture(400)

inp = keras.Input((LONGEST,), dtype="int32")
z = layers.Embedding(CODES, 16)(inp)
for rate in (1, 2, 4, 8):
    z = z + layers.Conv1D(16, 3, dilation_rate=rate, padding="causal", activation="relu")(z)
out = layers.Dense(TAGS)(z)
model = keras.Model(inp, out)
opt = keras.optimizers.Adam(4e-3)
per_byte = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")


@tf.function
def step(x, y, w):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(per_byte(y, model(x, training=True)) * w)
    grads = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(grads, model.trainable_variables))
    return loss


stream = tf.data.Dataset.from_tensor_slices((x_train, y_train, w_train)).shuffle(2000, seed=2).batch(40)
for epoch in range(12):
    loss = np.mean([float(step(*b)) for b in stream])
    print(f"epoch {epoch} loss {loss:.5f}")

guess = model.predict(x_test, verbose=0).argmax(-1)
acc = ((guess == y_test) * w_test).sum() / w_test.sum()
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(opt.variables))
print(f"FINAL_LOSS={loss:.6f}")
print(f"FINAL_METRIC=byte_accuracy:{acc:.4f}")
