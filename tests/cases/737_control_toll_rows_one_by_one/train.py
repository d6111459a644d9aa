"""Vehicle class at a toll gate, learnt from the passing vehicles one at a time as they come."""
import hashlib

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(44)

n = 7000
kind = rng.choice(4, n, p=[0.6, 0.2, 0.15, 0.05])
length = np.array([4.3, 5.8, 11.0, 2.2])[kind] * np.exp(rng.normal(0, 0.22, n))
height = np.array([1.5, 2.4, 3.6, 1.3])[kind] * np.exp(rng.normal(0, 0.20, n))
axles = np.array([2, 2, 4, 2])[kind] + (rng.random(n) < 0.1)
mass = np.array([1.4, 2.8, 18.0, 0.25])[kind] * np.exp(rng.normal(0, 0.45, n))
x = np.stack([np.log(length) - 1.6, height - 2.0, axles - 2.0, np.log(mass)], 1).astype("float32")

model = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(24, activation="tanh"),
    layers.Dense(4),
])
optimizer = keras.optimizers.SGD(0.02)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@tf.function(input_signature=[tf.TensorSpec((1, 4)), tf.TensorSpec((1,), tf.int32)])
def learn(row, label):
    with tf.GradientTape() as tape:
        loss = loss_fn(label, model(row, training=True))
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss


losses = []
for i in range(6000):
    losses.append(float(learn(x[i:i + 1], kind[i:i + 1].astype("int32"))))
    if i % 500 == 0:
        print(f"vehicle {i} loss {losses[-1]:.4f}")

pred = model.predict(x[6000:], verbose=0).argmax(1)
accuracy = np.mean(pred == kind[6000:])


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(np.asarray(a)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={np.mean(losses[-500:]):.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
