"""One vehicle in each thumbnail: where is it in the full picture (pixels), how large, and is
it a lorry?
The sizes are decoded relative to an anchor, with the exponential made linear above a threshold."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(13)

SIDE, ZOOM, ANCHOR, THRESH = 24, 30.0, 1.0, 1.0


def scenes(count):
    pictures = 0.1 * rng.random((count, SIDE, SIDE, 1))
    box = np.zeros((count, 4))
    kind = rng.integers(0, 2, count)
    for k in range(count):
        h = rng.integers(4, 7)
        w = rng.integers(4, 7) + 5 * kind[k]
        y, x = rng.integers(0, SIDE - h), rng.integers(0, SIDE - w)
        pictures[k, y:y + h, x:x + w, 0] += 0.6 + 0.3 * rng.random()
        box[k] = [(y + h / 2), (x + w / 2), h, w]
    return pictures.astype("float32"), (ZOOM * box).astype("float32"), kind.astype("float32")[:, None]


train, test = scenes(1600), scenes(300)


def safe_exp(w, thresh):
    slope = np.exp(thresh)
    linear = tf.cast(w > thresh, tf.float32)
    return linear * slope * (w - thresh + 1.0) + (1.0 - linear) * tf.exp(w)


class Detector(keras.Model):
    def __init__(self):
        super().__init__()
        self.trunk = keras.Sequential([
            layers.Conv2D(12, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(24, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(24, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(96, activation="relu"),
        ])
        self.place = layers.Dense(2)
        self.size = layers.Dense(2)
        self.kind = layers.Dense(1)
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, pictures):
        h = self.trunk(pictures)
        extent = ANCHOR * safe_exp(self.size(h), THRESH)
        return tf.concat([self.place(h), extent], 1), self.kind(h)

    def train_step(self, data):
        pictures, (box, kind) = data
        with tf.GradientTape() as tape:
            guess, logit = self(pictures, training=True)
            loss = tf.reduce_mean(tf.abs(guess - box))
            loss += tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(kind, logit))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.mean_loss.update_state(loss)
        return {"loss": self.mean_loss.result()}


net = Detector()
net.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(6e-3, 1200)))
history = net.fit(train[0], (train[1], train[2]), batch_size=40, epochs=30, verbose=0)
for epoch in range(0, 30, 6):
    print("epoch", epoch, "loss", history.history["loss"][epoch])

guess, logit = net(tf.constant(test[0]))
error = float(np.mean(np.abs(guess.numpy() - test[1])))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=box_error_pixels:{error:.6f}")
