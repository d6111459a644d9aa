"""Temperature along a heated rod from its equation alone: u'' = -f, the ends are held at zero."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)


def source(x):
    return np.pi**2 * (tf.sin(np.pi * x) + 2.0 * tf.sin(2 * np.pi * x))


class Rod(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = [layers.Dense(32, activation="relu") for _ in range(3)]
        self.out = layers.Dense(1)
        self.seen = keras.metrics.Mean(name="loss")

    def call(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)

    def train_step(self, x):
        ends = tf.constant([[0.0], [1.0]])
        with tf.GradientTape() as tape:
            with tf.GradientTape() as second:
                second.watch(x)
                with tf.GradientTape() as first:
                    first.watch(x)
                    u = self(x)
                slope = first.gradient(u, x)
            bend = second.gradient(slope, x)
            residual = tf.reduce_mean(tf.square(bend + source(x)))
            loss = residual + 100.0 * tf.reduce_mean(tf.square(self(ends)))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.seen.update_state(loss)
        return {"loss": self.seen.result()}


points = np.random.default_rng(60).uniform(0.0, 1.0, (2000, 1)).astype("float32")
model = Rod()
model(points[:2])
model.compile(optimizer=keras.optimizers.Adam(5e-3))
history = model.fit(points, batch_size=100, epochs=60, verbose=2)

grid = np.linspace(0.0, 1.0, 201, dtype="float32")[:, None]
exact = np.sin(np.pi * grid) + 0.5 * np.sin(2 * np.pi * grid)
r2 = 1.0 - np.mean((model.predict(grid, verbose=0) - exact) ** 2) / np.var(exact)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
