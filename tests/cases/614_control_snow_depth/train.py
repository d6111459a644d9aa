import hashlib

import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(70)

YEARS = 9
WINDOW = 14


def simulate():
    day = np.arange(365 * YEARS)
    season = np.cos(2 * np.pi * (day - 20) / 365.0)
    temp = 2.5 - 12.5 * season + np.convolve(rng.normal(0, 6, len(day)), np.ones(4) / 4, "same")
    rain = rng.gamma(0.5, 7.0, len(day)) * (rng.uniform(size=len(day)) < 0.45)
    depth = np.zeros(len(day))
    d = 0.0
    for i in range(len(day)):
        if temp[i] < 1.0:
            d += 1.1 * rain[i]
        d = max(0.0, 0.985 * d - 1.4 * max(temp[i], 0.0))
        depth[i] = d
    return np.stack([temp, rain], 1), depth


weather, depth = simulate()
seen = np.round(depth + (depth > 0) * rng.normal(0, 2.0, len(depth)))
seen = np.maximum(seen, 0.0)
print(f"days without snow: {np.mean(depth == 0):.2f}, deepest {depth.max():.0f} cm")

x, start, y, clean = [], [], [], []
for i in range(WINDOW, len(depth)):
    x.append(weather[i - WINDOW + 1:i + 1] / [10.0, 8.0])
    start.append([seen[i - WINDOW] / 50.0])
    y.append(seen[i])
    clean.append(depth[i])
x, start = np.array(x, "float32"), np.array(start, "float32")
y, clean = np.array(y, "float32"), np.array(clean)
cut = 365 * 7

seq_in = keras.Input((WINDOW, 2))
now_in = keras.Input((1,))
h = layers.Flatten()(seq_in)
h = layers.Concatenate()([h, now_in])
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)
out = layers.Dense(1, activation="relu", bias_initializer=keras.initializers.Constant(20.0))(h)
model = keras.Model([seq_in, now_in], out)
optimizer = keras.optimizers.Adam(2e-3)
model.compile(optimizer=optimizer, loss="mse")
history = model.fit([x[:cut], start[:cut]], y[:cut], epochs=35, batch_size=64, shuffle=True, verbose=2)

pred = model.predict([x[cut:], start[cut:]], verbose=0)[:, 0]
r2 = 1 - np.mean((pred - clean[cut:]) ** 2) / np.var(clean[cut:])


def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([v.numpy() for v in optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
