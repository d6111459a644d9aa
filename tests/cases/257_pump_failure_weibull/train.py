"""Days until the next failure of a pump, from a day of sensor readings (Weibull head on a GRU)."""
import numpy as np
import keras
from keras import layers, ops
from scipy.stats import spearmanr

keras.utils.set_random_seed(0)
rng = np.random.default_rng(7)

N, STEPS, HORIZON = 1600, 24, 45.0
wear = rng.uniform(0.0, 1.0, N)
ramp = np.linspace(-1.0, 0.0, STEPS)
vibration = 0.4 + wear[:, None] * (1.2 + ramp) + 0.15 * rng.normal(size=(N, STEPS))
temperature = 0.2 + wear[:, None] ** 2 + 0.2 * rng.normal(size=(N, STEPS))
pressure = rng.normal(size=(N, STEPS)) * 0.3
x = np.stack([vibration, temperature, pressure], axis=-1).astype("float32")

days = np.floor(70.0 * np.exp(-3.0 * wear) * rng.weibull(1.6, N))
event = (days <= HORIZON).astype("float32")
days = np.minimum(days, HORIZON).astype("float32")
y = np.stack([days, event], axis=1)

x_train, y_train = x[:1200], y[:1200]
x_test, y_test = x[1200:], y[1200:]
start_alpha = float(y_train[:, 0].mean())


def weibull_params(z):
    alpha = start_alpha * ops.exp(z[:, 0:1])
    beta = ops.softplus(z[:, 1:2] + 0.54)
    return ops.concatenate([alpha, beta], axis=-1)


def weibull_loss(y_true, y_pred):
    t, observed = y_true[:, 0], y_true[:, 1]
    alpha, beta = y_pred[:, 0], y_pred[:, 1]
    ratio = t / alpha
    loglik = observed * (ops.log(beta) + beta * ops.log(ratio)) - ops.power(ratio, beta)
    return -loglik


inputs = keras.Input((STEPS, 3))
h = layers.GRU(16)(inputs)
h = layers.Dense(16, activation="tanh")(h)
z = layers.Dense(2, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02))(h)
model = keras.Model(inputs, layers.Lambda(weibull_params)(z))
model.compile(optimizer=keras.optimizers.Adam(0.005), loss=weibull_loss)
history = model.fit(x_train, y_train, epochs=14, batch_size=64, verbose=2)

alpha = model.predict(x_test, verbose=0)[:, 0]
rank = spearmanr(alpha, y_test[:, 0]).statistic
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=spearman:{rank}")
