import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import make_friedman1

keras.utils.set_random_seed(0)

x, y = make_friedman1(n_samples=2400, n_features=8, noise=0.5, random_state=0)
x = ((x - 0.5) / 0.29).astype("float32")
y_mean, y_std = y[:2000].mean(), y[:2000].std()
y = ((y - y_mean) / y_std).astype("float32")
x_train, y_train = x[:2000], y[:2000, None]
x_test, y_test = x[2000:], y[2000:]


class BayesDense(layers.Layer):
    """Dense layer with a normal posterior over each weight and a N(0, 1) prior."""

    def __init__(self, units, activation=None, **kw):
        super().__init__(**kw)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.noise = keras.random.SeedGenerator(11)

    def build(self, shape):
        rho0 = keras.initializers.Constant(-4.0)
        self.w_mu = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform")
        self.w_rho = self.add_weight(shape=(shape[-1], self.units), initializer=rho0)
        self.b_mu = self.add_weight(shape=(self.units,), initializer="zeros")
        self.b_rho = self.add_weight(shape=(self.units,), initializer=rho0)

    def _kl(self, mu, sigma):
        return ops.sum(-ops.log(sigma) + 0.5 * (ops.square(sigma) + ops.square(mu)) - 0.5)

    def call(self, inputs, training=False):
        w_sigma = ops.softplus(self.w_rho)
        b_sigma = ops.softplus(self.b_rho)
        kl = self._kl(self.w_mu, w_sigma) + self._kl(self.b_mu, b_sigma)
        self.add_loss(kl / len(x_train))
        w, b = self.w_mu, self.b_mu
        if training:
            w = w + w_sigma * keras.random.normal(ops.shape(w), seed=self.noise)
            b = b + b_sigma * keras.random.normal(ops.shape(b), seed=self.noise)
        return self.activation(ops.matmul(inputs, w) + b)


NOISE = 0.15


def gaussian_nll(y_true, y_pred):
    return 0.5 * ops.square((y_true - y_pred) / NOISE) + np.log(NOISE)


inp = layers.Input((8,))
h = BayesDense(40, "relu")(inp)
h = BayesDense(40, "relu")(h)
out = BayesDense(1)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=gaussian_nll)
history = model.fit(x_train, y_train, batch_size=50, epochs=60, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
