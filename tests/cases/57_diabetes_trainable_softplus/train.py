"""Disease progression one year on, with an activation whose slope and offset are learned."""

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)


class TrainableSoftplus(keras.layers.Layer):
    """scale * log(1 + exp(slope * (x - shift))), one triple per unit."""

    def build(self, input_shape):
        units = (input_shape[-1],)
        self.slope = self.add_weight(shape=units, initializer="ones", name="slope")
        self.shift = self.add_weight(shape=units, initializer="zeros", name="shift")
        self.scale = self.add_weight(shape=units, initializer="ones", name="scale")

    def call(self, inputs):
        bent = tf.math.log(1.0 + tf.math.exp(self.slope * (inputs - self.shift)))
        return self.scale * bent


X, y = load_diabetes(return_X_y=True, scaled=False)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=4)
mu, sd = y_train.mean(), y_train.std()

inp = keras.layers.Input(shape=(10,))
h = TrainableSoftplus()(keras.layers.Dense(24)(inp))
h = TrainableSoftplus()(keras.layers.Dense(12)(h))
out = keras.layers.Dense(1)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")

history = model.fit(X_train, (y_train - mu) / sd, epochs=60, batch_size=16, verbose=2)

pred = model.predict(X_test, verbose=0)[:, 0] * sd + mu
r2 = 1 - np.mean((pred - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
