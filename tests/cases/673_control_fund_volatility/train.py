"""Tomorrow's volatility of a fund from the last 20 daily returns (Gaussian likelihood, log variance as output)."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

T = 9000
log_vol = np.zeros(T)
ret = np.zeros(T)
level = np.log(0.009)
log_vol[0] = level
for t in range(1, T):
    log_vol[t] = level + 0.985 * (log_vol[t - 1] - level) + rng.normal(0, 0.11)
ret = np.exp(log_vol) * rng.standard_normal(T)

WIN = 20
x = np.stack([ret[i:i + WIN] for i in range(T - WIN)])
x = np.log(np.abs(x) + 1e-4)[..., None].astype("float32")
x = (x - x[:7000].mean()) / x[:7000].std()
y = ret[WIN:, None].astype("float32")
vol = np.exp(log_vol[WIN:])


def nll(y_true, log_var):
    return ops.mean(0.5 * (log_var + ops.square(y_true) * ops.exp(-log_var)), axis=-1)


model = keras.Sequential([
    keras.Input((WIN, 1)),
    layers.Flatten(),
    layers.Dense(16, activation="tanh"),
    layers.Dense(1, bias_initializer=keras.initializers.Constant(float(np.log(ret[:7000].var())))),
])
model.compile(optimizer=keras.optimizers.Adam(5e-4), loss=nll)
hist = model.fit(x[:7000], y[:7000], epochs=12, batch_size=64, verbose=2)

pred = np.exp(0.5 * model.predict(x[7000:], verbose=0)[:, 0])
corr = float(np.corrcoef(np.log(pred), np.log(vol[7000:]))[0, 1])
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=correlation:{corr}")
