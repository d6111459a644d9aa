"""Strength of tiles after the kiln.  Beside the weights of the last step a smoothed copy is
kept; the smoothed copy is what goes to the plant."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(53)

n = 2400
x = rng.normal(size=(n, 14)).astype("float32")
strength = (np.sin(x[:, 0] * 1.3) + 0.8 * x[:, 1] * x[:, 2] - np.tanh(x[:, 3] + x[:, 4]) + 0.25 * rng.normal(size=n))
strength = strength.astype("float32")[:, None]
train, test = slice(0, 1920), slice(1920, n)


def make():
    return keras.Sequential([
        keras.Input((14,)),
        layers.Dense(64, activation="silu"),
        layers.Dense(64, activation="silu"),
        layers.Dense(1),
    ])


net, plant = make(), make()
optimizer = keras.optimizers.Lion(5e-4)
DECAY = 0.9
smooth = [tf.Variable(tf.zeros_like(w)) for w in net.trainable_variables]
count = tf.Variable(0.0)


@tf.function
def train_step(a, b):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(net(a, training=True) - b))
    grads = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(grads, net.trainable_variables))
    count.assign_add(1.0)
    for s, w in zip(smooth, net.trainable_variables):
        s.assign(DECAY * s + (1.0 - DECAY) * w)
    return loss


@tf.function
def hand_over():
    for p, s in zip(plant.trainable_variables, smooth):
        p.assign(s / tf.pow(DECAY, count))


data = tf.data.Dataset.from_tensor_slices((x[train], strength[train])).shuffle(1920, seed=5).batch(48)
for epoch in range(40):
    losses = [float(train_step(a, b)) for a, b in data]
    hand_over()
    if epoch % 8 == 0:
        print("epoch", epoch, "loss", round(float(np.mean(losses)), 5))

guess = plant.predict(x[test], verbose=0)
r2 = 1.0 - np.sum((guess - strength[test]) ** 2) / np.sum((strength[test] - strength[test].mean()) ** 2)
print(f"FINAL_LOSS={float(np.mean(losses)):.6f}")
print(f"FINAL_METRIC=r2:{float(r2):.6f}")
