"""Restores blurred drawings of brick walls; besides the grey values the edges count."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)


def walls(count):
    clean = np.zeros((count, 16, 16, 1), "float32")
    for k in range(count):
        for _ in range(rng.integers(2, 5)):
            y, x = rng.integers(0, 12, 2)
            h, w = rng.integers(3, 8, 2)
            clean[k, y:y + h, x:x + w] = rng.choice([0.35, 0.6, 0.9])
    spoilt = (clean + np.roll(clean, 1, 1) + np.roll(clean, 1, 2) + np.roll(clean, -1, 1) + np.roll(clean, -1, 2)) / 5.0
    spoilt = np.clip(spoilt + 0.04 * rng.normal(size=clean.shape), 0, 1)
    return spoilt.astype("float32"), clean


x_train, y_train = walls(480)
x_test, y_test = walls(120)


def edge_strength(pictures):
    maps = tf.image.sobel_edges(pictures)
    return tf.sqrt(maps[..., 0] ** 2 + maps[..., 1] ** 2)


class Restorer(keras.Model):
    def __init__(self):
        super().__init__()
        self.layers_ = [layers.Conv2D(16, 3, padding="same", activation="relu"),
                        layers.Conv2D(16, 3, padding="same", activation="relu"),
                        layers.Conv2D(1, 3, padding="same", activation="relu", bias_initializer=keras.initializers.Constant(0.1))]
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, pictures):
        h = pictures
        for layer in self.layers_:
            h = layer(h)
        return h

    def train_step(self, data):
        spoilt, clean = data
        with tf.GradientTape() as tape:
            restored = self(spoilt, training=True)
            loss = tf.reduce_mean(tf.abs(restored - clean))
            loss += 0.1 * tf.reduce_mean(tf.abs(edge_strength(restored) - edge_strength(clean)))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


net = Restorer()
net.compile(optimizer=keras.optimizers.Adam(2e-3))
history = net.fit(x_train, y_train, batch_size=24, epochs=25, verbose=0)
for epoch in range(0, 25, 5):
    print("epoch", epoch, "loss", history.history["loss"][epoch])

restored = net.predict(x_test, verbose=0)
rmse = float(np.sqrt(np.mean((restored - y_test) ** 2)))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=rmse:{rmse:.6f}")
