"""Which of four wards does a patient need?  The net is trained first; a temperature fitted
on patients held back then makes its probabilities honest."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(47)

n, columns, wards = 3800, 16, 4
x = rng.normal(size=(n, columns))
clear = np.argmax(np.tanh(x @ rng.normal(size=(columns, 10)) / 20.0) @ rng.normal(size=(10, wards)), axis=1)
ward = np.where(rng.random(n) < 0.1, rng.integers(0, wards, n), clear)
x = (x * np.exp(0.4 * rng.normal(size=(n, 1)))).astype("float32")
train, held, test = slice(0, 2200), slice(2200, 2800), slice(2800, n)

net = keras.Sequential([
    keras.Input((columns,)),
    layers.Dense(128, activation="relu"),
    layers.Dense(128, activation="relu"),
    layers.Dense(wards),
])
net.compile(optimizer=keras.optimizers.Adam(1e-2),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = net.fit(x[train], ward[train], batch_size=64, epochs=60, verbose=0)
for epoch in range(0, 60, 12):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 5))


class Temperature(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, logits):
        return tf.nn.softmax(logits / self.scale)


soften = Temperature()
honest = keras.Sequential([keras.Input((columns,)), net, soften])
held_logits = tf.constant(net.predict(x[held], verbose=0))
held_ward = tf.constant(ward[held], tf.int32)
tune = keras.optimizers.Adam(0.2)
for _ in range(400):
    with tf.GradientTape() as tape:
        right = tf.gather(soften(held_logits), held_ward, batch_dims=1)
        nll = -tf.reduce_mean(tf.math.log(right))
    tune.apply_gradients([(tape.gradient(nll, soften.scale), soften.scale)])

p = honest.predict(x[test], verbose=0)
brier = float(np.mean(np.sum((p - np.eye(wards)[ward[test]]) ** 2, axis=1)))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=brier:{brier:.6f}")
