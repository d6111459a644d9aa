import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(11)

n = 4000
hour = rng.uniform(0, 24, n)
rain = rng.gamma(0.6, 1.0, n)
dist = rng.uniform(0.2, 6, n)
base = 4 + 2.0 * np.exp(-((hour - 8) / 1.5) ** 2) + 2.5 * np.exp(-((hour - 18) / 2) ** 2) + 0.8 * rain + 0.6 * dist
wait = base + rng.gamma(2.0, 0.3 + 0.15 * base, n) - 1.0
x = np.stack([np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12), rain, dist / 3 - 1], 1).astype("float32")
y = ((wait - wait[:3000].mean()) / wait[:3000].std()).astype("float32")
xtr, xte, ytr, yte = x[:3000], x[3000:], y[:3000], y[3000:]


def pinball(q):
    def loss(y_true, y_pred):
        diff = y_true - y_pred
        return ops.mean(ops.where(diff >= 0, q * diff, (q - 1.0) * diff), axis=-1)
    return loss


inp = keras.Input((4,))
h = layers.Dense(32, activation="tanh")(inp)
h = layers.Dense(32, activation="tanh")(h)
outs = {name: layers.Dense(1, name=name)(h) for name in ("low", "mid", "high")}
model = keras.Model(inp, outs)
levels = {"low": 0.1, "mid": 0.5, "high": 0.9}
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss={k: pinball(q) for k, q in levels.items()})
hist = model.fit(xtr, {k: ytr for k in levels}, epochs=18, batch_size=64, verbose=2)

pred = model.predict(xte, verbose=0)
score = 0.0
for k, q in levels.items():
    d = yte - pred[k].ravel()
    score += np.maximum(q * d, (q - 1) * d).mean() / 3
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=mean_pinball:{score:.4f}")
