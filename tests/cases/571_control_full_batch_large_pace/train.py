"""Whole-batch gradient descent on a small table of alloys with a pace near the limit."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(14)
x = rng.normal(size=(400, 8)).astype("float32")
y = np.tanh(x[:, 0] * x[:, 1]) + 0.7 * np.sin(2 * x[:, 2]) + 0.4 * x[:, 3] + rng.normal(0, 0.05, 400)
y = y.astype("float32")

model = keras.Sequential(
    [keras.Input((8,)), layers.Dense(64, activation="tanh"), layers.Dense(64, activation="tanh"), layers.Dense(1)]
)
sgd = keras.optimizers.SGD(0.25)


@tf.function
def step():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.squeeze(model(x, training=True), 1) - y))
    grads = tape.gradient(loss, model.trainable_variables)
    sgd.apply_gradients(zip(grads, model.trainable_variables))
    return loss


trail = []
for it in range(2500):
    trail.append(float(step()))
    if it % 250 == 0:
        print(f"iteration {it}: loss {trail[-1]:.5f}")

rises = np.mean(np.diff(trail) > 0)
print(f"share of steps with a rising loss {rises:.2f}")
pred = model.predict(x, verbose=0).ravel()
print(f"FINAL_LOSS={trail[-1]:.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((pred - y) ** 2) / y.var():.4f}")
