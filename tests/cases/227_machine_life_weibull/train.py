import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

n, steps = 2000, 12
load = rng.normal(size=(n, 1))
wear = np.cumsum(rng.normal(0.1, 0.2, size=(n, steps)) + 0.1 * load, axis=1)
temp = 0.6 * load + rng.normal(0, 0.5, size=(n, steps))
x = np.stack([wear, temp], axis=-1).astype("float32")

scale = 3000.0 * np.exp(-0.5 * load[:, 0])
hours = np.floor(scale * rng.weibull(4.0, size=n))
dud = rng.random(n) < 0.006
hours[dud] = rng.integers(0, 3, dud.sum())
limit = rng.uniform(2500, 7500, size=n)
seen = (hours <= limit).astype("float32")
hours = np.minimum(hours, np.floor(limit))
y = np.stack([hours, seen], axis=1).astype("float32")

x_train, y_train = x[:1500], y[:1500]
x_test, y_test = x[1500:], y[1500:]
mean_hours = float(y_train[:, 0].mean())


def weibull_loss(y_true, y_pred):
    t, u = y_true[:, 0] + 1e-6, y_true[:, 1]
    alpha, beta = y_pred[:, 0], y_pred[:, 1]
    h0 = ops.power(t / alpha, beta)
    h1 = ops.power((t + 1.0) / alpha, beta)
    log_lik = u * ops.log(ops.exp(-h0) - ops.exp(-h1)) - (1.0 - u) * h1
    return -log_lik


def to_parameters(raw):
    alpha = mean_hours * ops.exp(raw[:, 0:1])
    beta = ops.softplus(raw[:, 1:2] + 0.54)
    return ops.concatenate([alpha, beta], axis=1)


model = keras.Sequential([
    keras.Input((steps, 2)),
    layers.GRU(16),
    layers.Dense(16, activation="tanh"),
    layers.Dense(2),
    layers.Lambda(to_parameters),
])
model.compile(optimizer=keras.optimizers.Adam(0.005), loss=weibull_loss)
history = model.fit(x_train, y_train, epochs=20, batch_size=64, verbose=2)

params = model.predict(x_test, verbose=0)
median = params[:, 0] * np.log(2.0) ** (1.0 / params[:, 1])
done = (y_test[:, 1] == 1) & (y_test[:, 0] > 3)
error = np.mean(np.abs(np.log(median[done]) - np.log(y_test[done, 0])))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=log_mae:{error}")
