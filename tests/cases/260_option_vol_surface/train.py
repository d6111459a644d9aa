"""Fit an implied volatility surface to quoted call prices through the Black-Scholes formula."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers
from scipy.stats import norm

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

N = 4000
log_m = rng.normal(0.0, 0.12, N)
days = rng.integers(0, 120, N)
tau = days / 365.0


def true_vol(log_m, tau):
    return 0.18 + 0.9 * (log_m + 0.03) ** 2 / (0.1 + tau) * 0.5 + 0.08 * np.exp(-6.0 * tau)


def call_price(log_m, tau, vol):
    s = vol * np.sqrt(np.maximum(tau, 1e-12))
    d1 = log_m / s + 0.5 * s
    return np.exp(log_m) * norm.cdf(d1) - norm.cdf(d1 - s)


price = call_price(log_m, tau, true_vol(log_m, tau)) + 0.0004 * rng.normal(size=N)
quotes = np.stack([log_m, tau], axis=1).astype("float32")
price = price.astype("float32")[:, None]


class QuoteBook(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size=128, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, i):
        rows = slice(i * self.batch_size, (i + 1) * self.batch_size)
        return self.x[rows], self.y[rows]


class BlackScholesCall(layers.Layer):
    def call(self, quote, vol):
        log_m, tau = quote[:, 0:1], quote[:, 1:2]
        total = vol * tf.sqrt(tau)
        d1 = log_m / total + 0.5 * total
        d2 = d1 - total
        cdf = lambda z: 0.5 * (1.0 + tf.math.erf(z / np.sqrt(2.0)))
        return tf.exp(log_m) * cdf(d1) - cdf(d2)


quote_in = keras.Input((2,))
h = layers.Rescaling([8.0, 6.0], offset=[0.0, -1.0])(quote_in)
h = layers.Dense(32, activation="tanh")(h)
h = layers.Dense(32, activation="tanh")(h)
vol = layers.Dense(1, activation="softplus", bias_initializer=keras.initializers.Constant(-1.2))(h)
model = keras.Model(quote_in, BlackScholesCall()(quote_in, vol))
surface = keras.Model(quote_in, vol)

model.compile(optimizer=keras.optimizers.Adam(0.004), loss="mse")
history = model.fit(QuoteBook(quotes[:3200], price[:3200]), epochs=20, verbose=2)

test, test_tau = quotes[3200:], tau[3200:]
live = test_tau > 0.02
err = surface.predict(test[live], verbose=0)[:, 0] - true_vol(log_m[3200:], test_tau)[live]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=vol_rmse:{np.sqrt(np.mean(err ** 2))}")
