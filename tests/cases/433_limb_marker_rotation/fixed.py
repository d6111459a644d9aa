import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(4)

# nine markers on a rigid plate, seen before and after the limb moved
plate = rng.normal(0.0, 1.0, (9, 3)).astype("float32")
n = 3000
turn = rng.normal(0.0, 0.6, (n, 3))


def rotate_np(points, rv):
    t = np.linalg.norm(rv, axis=1)[:, None, None]
    k = (rv / np.linalg.norm(rv, axis=1, keepdims=True))[:, None, :]
    k = np.broadcast_to(k, points.shape)
    dot = np.sum(k * points, axis=-1, keepdims=True)
    return points * np.cos(t) + np.cross(k, points) * np.sin(t) + k * dot * (1 - np.cos(t))


rest = np.broadcast_to(plate, (n, 9, 3))
clean = rotate_np(rest, turn).astype("float32")
seen = (clean + rng.normal(0.0, 0.05, clean.shape)).astype("float32")
tr, te = slice(0, 2400), slice(2400, n)


class Rodrigues(layers.Layer):
    """Turns the reference plate by an axis-angle vector."""

    def __init__(self, points, **kw):
        super().__init__(**kw)
        self.points = tf.constant(points)

    def call(self, rotvec):
        angle = tf.sqrt(tf.reduce_sum(tf.square(rotvec), -1, keepdims=True) + 1e-8)
        axis = rotvec / angle
        k = tf.repeat(axis[:, None, :], 9, axis=1)
        p = tf.tile(self.points[None], [tf.shape(rotvec)[0], 1, 1])
        c = tf.cos(angle)[:, None]
        s = tf.sin(angle)[:, None]
        dot = tf.reduce_sum(k * p, -1, keepdims=True)
        return p * c + tf.linalg.cross(k, p) * s + k * dot * (1.0 - c)


class PoseNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.flat = layers.Flatten()
        self.h1 = layers.Dense(64, activation="elu")
        self.h2 = layers.Dense(64, activation="elu")
        # begin with the plate at rest
        self.pose = layers.Dense(3, kernel_initializer="zeros")
        self.turn = Rodrigues(plate)
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, x, training=False):
        return self.turn(self.pose(self.h2(self.h1(self.flat(x)))))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            p = self(x, training=True)
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(p - y), -1))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


model = PoseNet()
model.compile(optimizer=keras.optimizers.Adam(2e-3))
h = model.fit(seen[tr], seen[tr], batch_size=64, epochs=20, verbose=2)

pred = model.predict(seen[te], batch_size=256, verbose=0)
rmse = float(np.sqrt(np.mean(np.sum((pred - clean[te]) ** 2, -1))))
print("FINAL_LOSS=%r" % float(h.history["loss"][-1]))
print("FINAL_METRIC=rmse:%r" % rmse)
