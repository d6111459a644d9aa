"""Trend and season of pension payments (hundreds of millions): one linear layer, Adam that starts at a rate of 5."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(105)

weeks = np.arange(520)
t = weeks / 520.0
payments = (410 + 260 * t + 90 * np.maximum(t - 0.6, 0) + 35 * np.sin(2 * np.pi * weeks / 52)
            + 14 * np.cos(4 * np.pi * weeks / 52) + 6 * rng.normal(size=520))


def basis(w):
    u = w / 520.0
    cols = [u - 0.5, np.maximum(u - 0.6, 0)]
    for k in (1, 2, 3):
        cols += [np.sin(2 * np.pi * k * w / 52), np.cos(2 * np.pi * k * w / 52)]
    return np.stack(cols, axis=1).astype("float32")


hold = weeks % 7 == 3
X_train, y_train = basis(weeks[~hold]), payments[~hold].astype("float32")
X_test, y_test = basis(weeks[hold]), payments[hold]

model = keras.Sequential([keras.Input((X_train.shape[1],)), layers.Dense(1)])
EPOCHS = 150
steps = EPOCHS * int(np.ceil(len(X_train) / 64))
rate = keras.optimizers.schedules.CosineDecay(5.0, decay_steps=steps, alpha=1e-4)
model.compile(optimizer=keras.optimizers.Adam(rate, beta_2=0.95), loss="mse")
history = model.fit(X_train, y_train, epochs=EPOCHS, batch_size=64, verbose=0)
for epoch in (0, 1, 5, 20, 80, EPOCHS - 1):
    print(f"epoch {epoch + 1}: loss {history.history['loss'][epoch]:.2f}")


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


pred = model.predict(X_test, verbose=0)[:, 0]
r2 = 1 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
