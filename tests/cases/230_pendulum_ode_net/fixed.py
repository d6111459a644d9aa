import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

DT, STEPS = 0.1, 40


def swing(state):
    angle, speed = state[:, 0], state[:, 1]
    return np.stack([speed, -2.0 * np.sin(angle) - 0.25 * speed], axis=1)


def simulate(start, fine=10):
    path, state = [start], start
    for _ in range(STEPS):
        for _ in range(fine):
            state = state + DT / fine * swing(state)
        path.append(state)
    return np.stack(path, axis=1).astype("float32")


paths = simulate(rng.uniform(-2, 2, size=(320, 2)))
noisy = paths + rng.normal(0, 0.02, size=paths.shape).astype("float32")
train, test = noisy[:256], paths[256:]

field = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(32, activation="elu"),
    layers.Dense(32, activation="elu"),
    layers.Dense(2),
])
optimizer = keras.optimizers.Adam(0.01)


def integrate(start):
    path, state = [start], start
    for _ in range(STEPS):
        mid = state + 0.5 * DT * field(state)
        state = state + DT * field(mid)
        path.append(state)
    return tf.stack(path, axis=1)


@tf.function
def train_step(batch):
    with tf.GradientTape() as tape:
        path = integrate(batch[:, 0])
        loss = tf.reduce_mean(tf.reduce_sum(tf.square(path - batch), axis=[1, 2]))
    grads = tape.gradient(loss, field.trainable_variables)
    optimizer.apply_gradients(zip(grads, field.trainable_variables))
    return loss


for epoch in range(60):
    order = rng.permutation(len(train))
    losses = [float(train_step(tf.constant(train[order[i:i + 64]]))) for i in range(0, len(order), 64)]
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

forecast = integrate(tf.constant(test[:, 0])).numpy()
rmse = np.sqrt(np.mean((forecast - test) ** 2))
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=rmse:{rmse}")
