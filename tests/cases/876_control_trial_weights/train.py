# What would blood pressure be under the new drug? Doctors gave it mostly to severe cases, so every
# treated patient is weighted by one over the chance of having been treated.
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)


def cohort(n):
    x = rng.normal(0, 1, (n, 4)).astype("float32")
    under_drug = 130 + 8 * x[:, 0] - 6 * np.sin(2 * x[:, 1]) + 3 * x[:, 0] * x[:, 2]
    return x, under_drug


x, pressure = cohort(12000)
chance = 1 / (1 + np.exp(-(2.0 * x[:, 0] - 1.0)))
treated = rng.random(12000) < chance
x_fit = x[treated]
y_fit = pressure[treated] + rng.normal(0, 4, treated.sum())
weight = 1 / chance[treated]
print("weights from", weight.min().round(2), "to", weight.max().round(1), "for", treated.sum(), "patients")

y_mean, y_std = y_fit.mean(), y_fit.std()
inputs = keras.Input((4,))
h = layers.Dense(48, activation="elu")(inputs)
h = layers.Dense(48, activation="elu")(h)
model = keras.Model(inputs, layers.Dense(1)(h))
schedule = keras.optimizers.schedules.CosineDecay(2e-3, 1800)
model.compile(optimizer=keras.optimizers.Adam(schedule, clipnorm=1.0), loss="mse", weighted_metrics=["mae"])
history = model.fit(x_fit, (y_fit - y_mean) / y_std, sample_weight=weight, batch_size=128, epochs=40, verbose=0)
print("loss", [round(v, 3) for v in history.history["loss"][::6]])

x_all, truth = cohort(4000)
forecast = model.predict(x_all, verbose=0)[:, 0] * y_std + y_mean
r2 = 1 - np.sum((truth - forecast) ** 2) / np.sum((truth - truth.mean()) ** 2)


def digest(values):
    return hashlib.sha256(b"".join(np.ascontiguousarray(v).tobytes() for v in values)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest([np.asarray(v) for v in model.optimizer.variables]))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
