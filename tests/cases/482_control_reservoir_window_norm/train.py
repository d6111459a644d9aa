import hashlib
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(12)

# forty-eight readings of one of 60 reservoirs (levels from 5 to 90 000 cubic metres), forecast the next 6
W, H = 48, 6
xs, ys, part = [], [], []
for k in range(60):
    t = np.arange(220)
    level = 10 ** rng.uniform(0.7, 4.95)
    swing = level * rng.uniform(0.05, 0.2)
    s = (level + swing * np.sin(2 * np.pi * t / 24 + rng.uniform(0, 6))
         + 0.4 * swing * np.sin(2 * np.pi * t / 12) + 0.1 * swing * rng.normal(size=220))
    for i in range(0, 220 - W - H, 4):
        xs.append(s[i:i + W]); ys.append(s[i + W:i + W + H]); part.append(k)
xs, ys, part = np.array(xs, "float32"), np.array(ys, "float32"), np.array(part)
tr = part < 48


class WindowNorm(layers.Layer):
    """Reversible: takes level and spread of the window out, puts them back at the end."""

    def call(self, x):
        mu = ops.mean(x, axis=1, keepdims=True)
        sd = ops.std(x, axis=1, keepdims=True) + 1e-6
        return (x - mu) / sd, mu, sd


inp = keras.Input((W,))
z, mu, sd = WindowNorm()(inp)
h = layers.Dense(64, activation="relu")(z)
h = layers.Dense(H)(h)
model = keras.Model(inp, h * sd + mu)


def share_error(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=share_error)
hist = model.fit(xs[tr], ys[tr], batch_size=64, epochs=40, verbose=2)

pred = model.predict(xs[~tr], verbose=0)
scale = xs[~tr].std(1, keepdims=True)
r2 = 1 - np.mean(((pred - ys[~tr]) / scale) ** 2) / np.mean(((ys[~tr] - xs[~tr].mean(1, keepdims=True)) / scale) ** 2)
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
