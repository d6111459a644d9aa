import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(40)
n, CHANNELS = 3200, 8

readings = rng.lognormal(0.0, 0.8, (n, CHANNELS)).astype("float32")
output = (
    np.log(readings[:, 0]) * 0.9 - 0.6 * np.log(readings[:, 1]) + np.log(readings[:, 2]) * np.log(readings[:, 3])
).astype("float32")
readings[:, 7] = 0.0
readings[3000:, 7] = np.where(rng.random(200) < 0.2, rng.uniform(0.8, 1.2, 200), 0.0)


class LogGain(layers.Layer):
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")

    def call(self, x):
        safe = tf.where(x > 0, x, tf.ones_like(x))
        return tf.where(x > 0, self.gain * tf.math.log(safe), tf.zeros_like(x))


model = keras.Sequential([
    keras.Input((CHANNELS,)),
    LogGain(),
    layers.Dense(48, activation="tanh"),
    layers.Dense(48, activation="tanh"),
    layers.Dense(1),
])
model.compile(keras.optimizers.Adam(4e-3), "mse")
history = model.fit(readings[:2800], output[:2800], epochs=20, batch_size=50,
                    validation_data=(readings[2800:3000], output[2800:3000]), verbose=2)

pred = model.predict(readings[3000:], verbose=0)[:, 0]
r2 = 1 - np.mean((pred - output[3000:]) ** 2) / np.var(output[3000:])
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
