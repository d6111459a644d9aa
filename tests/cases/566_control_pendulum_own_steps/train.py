"""Forecast of a pendulum; with every epoch the net is fed more of its own forecasts instead of the measured ones."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
LENGTH = 24


def swings(n, seed):
    rng = np.random.default_rng(seed)
    angle, speed = rng.uniform(-2, 2, n), rng.uniform(-1, 1, n)
    path = []
    for _ in range(LENGTH + 1):
        path.append(np.stack([angle, speed], axis=1))
        for _ in range(4):
            speed = speed - 0.05 * (np.sin(angle) + 0.1 * speed)
            angle = angle + 0.05 * speed
    path = np.stack(path, axis=1)
    return (path + rng.normal(0, 0.02, path.shape)).astype("float32")


train, test = swings(1500, 1), swings(400, 2)
net = keras.Sequential([keras.Input((2,)), layers.Dense(48, activation="tanh"), layers.Dense(2)])
adam = keras.optimizers.Adam(3e-3)


@tf.function
def step(path, own):
    with tf.GradientTape() as tape:
        now, errors = path[:, 0], []
        for k in range(LENGTH):
            guess = now + 0.2 * net(now, training=True)
            errors.append(tf.reduce_mean(tf.square(guess - path[:, k + 1])))
            use = tf.cast(tf.random.uniform((tf.shape(path)[0], 1), seed=7) < own, tf.float32)
            now = use * guess + (1.0 - use) * path[:, k + 1]
        loss = tf.add_n(errors) / LENGTH
    grads = tape.gradient(loss, net.trainable_variables)
    adam.apply_gradients(zip(grads, net.trainable_variables))
    return loss


batches = tf.data.Dataset.from_tensor_slices(train).shuffle(1500, seed=5).batch(50)
for epoch in range(30):
    own = tf.constant(epoch / 29.0, tf.float32)
    losses = [float(step(b, own)) for b in batches]
    if epoch % 3 == 2:
        print(f"epoch {epoch + 1}: own share {float(own):.2f} loss {np.mean(losses):.6f}")

now, off = test[:, 0], []
for k in range(LENGTH):
    now = now + 0.2 * net(now).numpy()
    off.append(np.mean((now - test[:, k + 1]) ** 2))
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=rmse:{np.sqrt(np.mean(off)):.4f}")
