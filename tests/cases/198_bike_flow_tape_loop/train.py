"""Bikes crossing a bridge in an hour from weather and time, trained by a GradientTape loop."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(52)
n = 2400
hour = rng.uniform(0, 24, n)
warm, rain, wind = rng.normal(0, 1, n), rng.exponential(1, n), rng.normal(0, 1, n)
flow = 1.2 * np.sin(hour * np.pi / 12) + 0.8 * warm - 0.6 * rain - 0.3 * warm * wind + rng.normal(0, 0.2, n)
x = np.stack([np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12), warm, rain, wind], axis=1).astype("float32")
y = ((flow - flow.mean()) / flow.std()).astype("float32")

model = keras.Sequential(
    [keras.Input((5,)), layers.Dense(48, activation="relu"), layers.Dense(48, activation="relu"), layers.Dense(1)]
)
optimizer = keras.optimizers.Adam(3e-3)
batches = tf.data.Dataset.from_tensor_slices((x[:2000], y[:2000])).shuffle(2000, seed=1).batch(50)


@tf.function
def train_step(inputs, targets):
    with tf.GradientTape() as tape:
        outputs = model(inputs, training=True)
        loss = tf.reduce_mean(tf.square(targets - outputs))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for epoch in range(25):
    losses = [float(train_step(inputs, targets)) for inputs, targets in batches]
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}")

guess = model.predict(x[2000:], verbose=0)[:, 0]
r2 = 1.0 - np.mean((y[2000:] - guess) ** 2) / np.var(y[2000:])
print(f"FINAL_LOSS={np.mean(losses)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
