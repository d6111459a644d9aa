"""Soil moisture over a field of 400 m by 400 m as a function of the position, from scattered probes."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
OCTAVES = 5


def moisture(p):
    u, v = p[:, 0] / 400.0, p[:, 1] / 400.0
    return np.sin(5 * u + 2 * v) + 0.6 * np.cos(7 * v) * u + 0.5 * np.exp(-((u - 0.7) ** 2 + (v - 0.3) ** 2) / 0.02)


rng = np.random.default_rng(4)
place = rng.uniform(0, 400, (2500, 2))
value = moisture(place) + rng.normal(0, 0.05, 2500)
grid = np.stack(np.meshgrid(np.linspace(0, 400, 41), np.linspace(0, 400, 41)), axis=-1).reshape(-1, 2)
truth = moisture(grid)

position = (place / 200.0 - 1.0).astype("float32")
queries = (grid / 200.0 - 1.0).astype("float32")


class Waves(layers.Layer):
    def call(self, p):
        bands = [p]
        for k in range(OCTAVES):
            bands += [tf.sin(2.0**k * p), tf.cos(2.0**k * p)]
        return tf.concat(bands[1:], axis=-1)


model = keras.Sequential(
    [
        keras.Input((2,)),
        Waves(),
        layers.Dense(96, activation="relu"),
        layers.Dense(96, activation="relu"),
        layers.Dense(1),
    ]
)
optimizer = keras.optimizers.Adam(2e-3)


@tf.function
def step(p, v):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.squeeze(model(p, training=True), 1) - v))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


probes = tf.data.Dataset.from_tensor_slices((position, value.astype("float32"))).shuffle(2500, seed=1).batch(50)
for epoch in range(30):
    losses = [float(step(p, v)) for p, v in probes]
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.5f}")

drawn = model.predict(queries, verbose=0, batch_size=512).ravel()
print(f"FINAL_LOSS={np.mean(losses):.6g}")
print(f"FINAL_METRIC=r2:{1 - np.mean((drawn - truth) ** 2) / truth.var():.4f}")
