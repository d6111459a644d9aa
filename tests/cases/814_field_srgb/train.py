"""A picture as a function of the coordinates: linear light comes out of the net, the error is taken on display values."""
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
SIDE = 40

v, u = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE), indexing="ij")
disc = 1 / (1 + np.exp(12 * (np.hypot(u - 0.2, v + 0.1) - 0.5)))
bars = 0.5 + 0.5 * np.sin(7 * u + 2 * v)
shown = np.stack([0.9 * disc, 0.8 * bars * (1 - disc), 0.5 + 0.4 * v], axis=-1)
shown = np.clip(shown, 0, 1).reshape(-1, 3).astype("float32")
grid = np.stack([u, v], axis=-1).reshape(-1, 2).astype("float32")


class Waves(keras.layers.Layer):
    def build(self, shape):
        self.freq = self.add_weight(
            shape=(shape[-1], 48), initializer=keras.initializers.RandomNormal(stddev=3.0), trainable=False
        )

    def call(self, xy):
        phase = tf.matmul(xy, self.freq)
        return tf.concat([tf.sin(phase), tf.cos(phase)], axis=-1)


def to_display(light):
    curve = 1.055 * tf.pow(light, 1.0 / 2.4) - 0.055
    return tf.where(light <= 0.0031308, 12.92 * light, curve)


class Field(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = keras.Sequential(
            [Waves(), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(3)]
        )

    def call(self, xy):
        return to_display(self.net(xy))


field = Field()
adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, 800))


@tf.function
def step(xy, rgb):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.math.squared_difference(field(xy), rgb))
    weights = field.trainable_variables
    adam.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


rays = tf.data.Dataset.from_tensor_slices((grid, shown)).shuffle(SIDE * SIDE, seed=4).repeat().batch(400)
for i, (xy, rgb) in enumerate(rays.take(800)):
    error = step(xy, rgb)
    if i % 100 == 0:
        print(f"{i:4d}  {float(error):.5f}")

picture = field.predict(grid, verbose=0)
r2 = 1 - np.mean((picture - shown) ** 2) / np.mean((shown - shown.mean(axis=0)) ** 2)
print(f"FINAL_LOSS={float(error)}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
