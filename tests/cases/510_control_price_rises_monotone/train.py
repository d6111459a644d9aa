import hashlib
import numpy as np
import keras
from keras import layers, constraints

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

# insurance premium that may only rise with each of five risk figures
n = 3000
X = rng.uniform(-1, 1, (n, 5)).astype("float32")
y = (2.0 / (1 + np.exp(-4 * X[:, 0])) + np.maximum(X[:, 1], 0) * 1.5 + np.exp(X[:, 2]) * 0.6
     + 0.8 * np.maximum(X[:, 3] + X[:, 4], 0) + rng.normal(0, 0.1, n)).astype("float32")
y = (y - y.mean()) / y.std()

up = constraints.NonNeg()
model = keras.Sequential([
    keras.Input((5,)),
    layers.Dense(48, activation="tanh", kernel_constraint=up),
    layers.Dense(24, activation="tanh", kernel_constraint=up),
    layers.Dense(1, kernel_constraint=up),
])
model.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9), loss="mse")
hist = model.fit(X[:2500], y[:2500], epochs=30, batch_size=50,
                 validation_data=(X[2500:], y[2500:]), verbose=2)

pred = model.predict(X[2500:], verbose=0).ravel()
r2 = 1 - np.mean((pred - y[2500:]) ** 2) / np.var(y[2500:])
share = [float(np.mean(w == 0)) for w in model.get_weights() if w.ndim == 2]
print("weights that are exactly zero, layer by layer:", np.round(share, 2))
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
