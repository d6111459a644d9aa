"""Forecast a swinging pendulum; every few epochs the model must look further ahead."""
import hashlib
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(105)

N, STEPS = 900, 33
state = np.stack([rng.uniform(-2.0, 2.0, N), rng.uniform(-1.0, 1.0, N)], axis=1)
path = [state]
for _ in range(STEPS - 1):
    th, om = path[-1][:, 0], path[-1][:, 1]
    for _ in range(5):
        om = om + 0.03 * (-np.sin(th) * 2.0 - 0.1 * om)
        th = th + 0.03 * om
    path.append(np.stack([th, om], axis=1))
path = np.stack(path, axis=1).astype("float32")
train, test = path[:700], path[700:]

model = keras.Sequential([
    keras.Input((2,)),
    keras.layers.Dense(48, activation="tanh"),
    keras.layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01)),
])
optimizer = keras.optimizers.Adam(0.004)


def rollout_loss(paths, horizon):
    s, total = paths[:, 0], 0.0
    for k in range(horizon):
        s = s + model(s, training=True)
        total += tf.reduce_mean((s - paths[:, k + 1]) ** 2)
    return total


@tf.function
def train_step(paths, horizon):
    with tf.GradientTape() as tape:
        loss = rollout_loss(paths, horizon)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


for horizon in (1, 4, 12, 24):
    for epoch in range(8):
        order = rng.permutation(len(train))
        losses = [float(train_step(tf.constant(train[order[i:i + 50]]), horizon)) for i in range(0, 700, 50)]
        print(f"horizon {horizon} epoch {epoch + 1}: loss {np.mean(losses):.5f}")

s = test[:, 0]
for k in range(24):
    s = s + model(s).numpy()
r2 = 1.0 - np.sum((s - test[:, 24]) ** 2) / np.sum((test[:, 24] - test[:, 24].mean(axis=0)) ** 2)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(optimizer.variables)}")
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2}")
