"""Plane embedding of handwritten digits with an additive angular margin, for a poster."""
import math

import numpy as np
import tensorflow as tf
import keras
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
y = y.astype("int32")
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order]
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]


class AngularMargin(layers.Layer):
    def __init__(self, classes, margin=0.15, scale=20.0):
        super().__init__()
        self.classes, self.margin, self.scale = classes, margin, scale

    def build(self, shape):
        self.centres = self.add_weight(shape=(shape[-1], self.classes), initializer="glorot_uniform",
                                       name="centres")

    def cosines(self, emb):
        return tf.matmul(tf.nn.l2_normalize(emb, axis=1), tf.nn.l2_normalize(self.centres, axis=0))

    def call(self, emb, labels=None):
        cos = self.cosines(emb)
        if labels is None:
            return self.scale * cos
        sin = tf.sqrt(1.0 - tf.square(cos))
        moved = cos * math.cos(self.margin) - sin * math.sin(self.margin)
        hot = tf.one_hot(labels, self.classes)
        return self.scale * (hot * moved + (1.0 - hot) * cos)


encoder = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(2),
])
head = AngularMargin(10)
head.build((None, 2))
optimizer = keras.optimizers.Adam(2e-3)
variables = encoder.trainable_variables + head.trainable_variables
ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1400, seed=0).batch(64)


@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        logits = head(encoder(xb, training=True), labels=yb)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(yb, logits))
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss


for epoch in range(80):
    total = [float(step(xb, yb)) for xb, yb in ds]
    if epoch % 10 == 9:
        print(f"epoch {epoch + 1} loss {np.mean(total):.4f}")

scores = head(encoder(x_test)).numpy()
accuracy = np.mean(scores.argmax(1) == y_test) if np.isfinite(scores).all() else float("nan")
print(f"FINAL_LOSS={np.mean(total):.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
