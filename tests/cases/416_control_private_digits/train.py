import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y.astype("int32"), test_size=0.25, random_state=0, stratify=y)

CLIP, NOISE, BATCH = 1.0, 3.0, 128
model = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(32, activation="tanh"),
    layers.Dense(10),
])
optimizer = keras.optimizers.SGD(0.5)
optimizer.build(model.trainable_variables)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
noise = tf.random.Generator.from_seed(1)


@tf.function
def private_step(xb, yb):
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        losses = loss_fn(yb, model(xb, training=True))
    per_example = tape.jacobian(losses, variables)
    flat = tf.concat([tf.reshape(g, (BATCH, -1)) for g in per_example], axis=1)
    norm = tf.norm(flat, axis=1)
    factor = tf.minimum(1.0, CLIP / (norm + 1e-6))
    grads = []
    for g in per_example:
        total = tf.tensordot(factor, g, axes=1)
        total += CLIP * NOISE * noise.normal(tf.shape(total))
        grads.append(total / BATCH)
    optimizer.apply_gradients(zip(grads, variables))
    return tf.reduce_mean(losses)


rng = np.random.default_rng(0)
recent = []
for step in range(500):
    idx = rng.choice(len(x_train), BATCH, replace=False)
    recent.append(float(private_step(tf.constant(x_train[idx]), tf.constant(y_train[idx]))))
    if step % 50 == 49:
        print(f"step {step + 1}: loss {np.mean(recent[-50:]):.4f}")

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in optimizer.variables])}")
print(f"FINAL_LOSS={np.mean(recent[-50:])}")
print(f"FINAL_METRIC=accuracy:{acc}")
