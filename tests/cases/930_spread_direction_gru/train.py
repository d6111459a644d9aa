import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

# hourly spread between two power markets; the next move follows wind forecast error and the last moves
T = 6000
wind = np.zeros(T)
move = np.zeros(T)
load = np.sin(2 * np.pi * np.arange(T) / 24) + rng.normal(0, 0.3, T)
for t in range(1, T):
    wind[t] = 0.9 * wind[t - 1] + rng.normal(0, 0.5)
    move[t] = 0.9 * np.tanh(wind[t - 1]) - 0.6 * load[t - 1] - 0.3 * move[t - 1] + rng.normal(0, 0.35)

table = np.stack([wind, load, move], 1)
table = ((table - table[:4500].mean(0)) / table[:4500].std(0)).astype("float32")
WINDOW = 12
X = np.stack([table[i:i + WINDOW] for i in range(T - WINDOW)])
Y = move[WINDOW:].astype("float32")[:, None]
cut = 4500


def direction_loss(y_true, y_pred):
    hit = ops.sign(y_true) * ops.sign(y_pred)
    return ops.mean(1.0 - hit, axis=-1)


def direction_accuracy(y_true, y_pred):
    return ops.mean(ops.cast(ops.equal(ops.sign(y_true), ops.sign(y_pred)), "float32"))


model = keras.Sequential([
    keras.Input((WINDOW, 3)),
    layers.GRU(24),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=direction_loss, metrics=[direction_accuracy])
hist = model.fit(X[:cut], Y[:cut], validation_data=(X[cut:], Y[cut:]), epochs=7, batch_size=64, verbose=2)

p = model.predict(X[cut:], verbose=0)
acc = np.mean(np.sign(p) == np.sign(Y[cut:]))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=direction_accuracy:{acc:.4f}")
