"""Daily output of a paper mill (tonnes) with a fitted noise level, by maximum likelihood."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)

n = 5000
machine_speed = rng.uniform(600, 1200, n)
grammage = rng.uniform(45, 120, n)
stops = rng.poisson(2, n)
crew = rng.integers(0, 4, n)
tonnes = (machine_speed * grammage / 75.0 * (1 - 0.06 * stops)
          + np.array([-40, 0, 10, 35])[crew] + rng.normal(0, 60, n))
y = tonnes.astype("float32")
x = np.column_stack([machine_speed, grammage, stops, np.eye(4)[crew]]).astype("float32")
x = (x - x.mean(0)) / x.std(0)
x_train, x_test, y_train, y_test = x[:4000], x[4000:], y[:4000], y[4000:]


class OutputModel(keras.Model):
    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = mean, std
        self.h1 = layers.Dense(48, activation="relu")
        self.h2 = layers.Dense(48, activation="relu")
        self.out = layers.Dense(1)
        # the noise level is softplus(raw) and begins at the spread of the targets
        start = np.log(np.exp(std) - 1)
        self.raw_sigma = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(start), name="raw_sigma"
        )
        self.nll = keras.metrics.Mean(name="nll")

    def call(self, inputs):
        return self.mean + self.std * self.out(self.h2(self.h1(inputs)))[:, 0]

    def train_step(self, data):
        inputs, target = data
        with tf.GradientTape() as tape:
            sigma = tf.math.softplus(self.raw_sigma)
            z = (target - self(inputs, training=True)) / sigma
            loss = tf.reduce_mean(0.5 * tf.square(z) + tf.math.log(sigma))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        self.nll.update_state(loss)
        return {"nll": self.nll.result()}

    @property
    def metrics(self):
        return [self.nll]


model = OutputModel(y_train.mean(), y_train.std())
model.compile(optimizer=keras.optimizers.Adam(3e-3))
history = model.fit(x_train, y_train, batch_size=64, epochs=20, verbose=2)

forecast = model.predict(x_test, verbose=0)
r2 = 1 - np.sum((y_test - forecast) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print("sigma", float(tf.math.softplus(model.raw_sigma)))
print(f"FINAL_LOSS={history.history['nll'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
