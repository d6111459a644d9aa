"""Weave patterns of fabrics from small grey pictures, own training step with two flipped views."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(620)
CLASSES, SIDE = 6, 32


def cloth(kind):
    yy, xx = np.mgrid[0:SIDE, 0:SIDE]
    p = rng.uniform(4.5, 6.0)
    s = rng.uniform(0, p, 2)
    u, v = 2 * np.pi * (xx + s[0]) / p, 2 * np.pi * (yy + s[1]) / p
    base = [np.sin(u) * np.sin(v), np.sin(u + v), np.sin(u) + np.sin(v),
            np.sign(np.sin(u)) * np.sin(v / 2), np.sin(u + 2 * v), np.maximum(np.sin(u), np.sin(v))][kind]
    return base / base.std() + rng.normal(size=(SIDE, SIDE)) * 0.9


labels = rng.integers(0, CLASSES, 1500)
x = np.stack([cloth(k) for k in labels])[..., None].astype("float32")
x_train, y_train, x_test, y_test = x[:1200], labels[:1200], x[1200:], labels[1200:]


class TwoViews(keras.Model):
    def __init__(self, trunk, head):
        super().__init__()
        self.trunk, self.head = trunk, head

    def call(self, images, training=False):
        return self.head(self.trunk(images, training=training), training=training)

    def train_step(self, data):
        images, y = data
        with tf.GradientTape() as tape:
            first = self(images, training=True)
            second = self(tf.reverse(images, axis=[1, 2]), training=True)
            loss = self.compute_loss(y=y, y_pred=first) + self.compute_loss(y=y, y_pred=second)
            loss = 0.5 * loss
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, first)
        return {m.name: m.result() for m in self.metrics}


trunk = keras.Sequential([
    layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),
    layers.DepthwiseConv2D(3, padding="same"),
    layers.Conv2D(32, 1, activation="relu"),
    layers.MaxPooling2D(),
    layers.DepthwiseConv2D(3, padding="same"),
    layers.Conv2D(48, 1, activation="relu"),
    layers.GlobalAveragePooling2D(),
])
head = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(CLASSES)])
model = TwoViews(trunk, head)
model.compile(optimizer=keras.optimizers.Lion(learning_rate=0.0005),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=24, epochs=14, verbose=2)

guess = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == y_test):.4f}")
