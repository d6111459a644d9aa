import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(57)

SAMPLES, KINDS, BLOCKS = 40, 4, 10


def make(n):
    kind = rng.integers(0, KINDS, n)
    t = np.arange(SAMPLES)[None]
    t0 = rng.uniform(6, 12, (n, 1))
    rise = np.array([0.7, 3.0, 0.7, 4.0])[kind][:, None]
    fall = np.array([4.0, 4.0, 10.0, 10.0])[kind][:, None] * rng.normal(1, 0.08, (n, 1))
    u = np.maximum(t - t0, 0)
    pulse = (1 - np.exp(-u / rise)) * np.exp(-u / fall)
    height = rng.uniform(300, 900, (n, 1))
    counts = rng.poisson(height * pulse + 20.0)
    return counts.astype("float32"), kind.astype("int32")


x_train, y_train = make(3000)
x_test, y_test = make(1000)

inputs = keras.Input((SAMPLES,))
h = layers.BatchNormalization()(inputs)
h = layers.Dense(48)(h)
for _ in range(BLOCKS):
    r = layers.BatchNormalization()(h)
    r = layers.Dense(48, activation="sigmoid")(r)
    r = layers.Dense(48)(r)
    h = layers.Add()([h, r])
h = layers.BatchNormalization()(h)
model = keras.Model(inputs, layers.Dense(KINDS)(h))

optimizer = keras.optimizers.Adamax(4e-3)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(3000, seed=0).batch(100)
for epoch in range(21):
    epoch_loss = float(np.mean([float(train_step(x, y)) for x, y in data]))
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1:2d}  loss {epoch_loss:.4f}", flush=True)

accuracy = np.mean(model(x_test, training=False).numpy().argmax(1) == y_test)

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={epoch_loss:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
