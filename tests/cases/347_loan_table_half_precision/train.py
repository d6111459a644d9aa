# Loan default model.  Mixed precision is switched on as in our picture models.
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")

rng = np.random.default_rng(21)
n = 5000
income = rng.lognormal(10.9, 0.5, n)                 # yearly, in euro
home_value = rng.lognormal(12.4, 0.45, n)
loan = home_value * rng.uniform(0.2, 1.05, n)
age = rng.uniform(21, 70, n)
months_employed = rng.gamma(2.0, 40.0, n)
open_accounts = rng.poisson(4, n)
late_payments = rng.poisson(0.7, n)
self_employed = rng.integers(0, 2, n)

burden = loan / income
risk = (-4.4 + 0.35 * burden + 1.0 * late_payments + 2.2 * (loan / home_value - 0.6)
        - 0.006 * months_employed + 0.8 * self_employed + 0.02 * np.abs(age - 45))
default = (rng.uniform(size=n) < 1 / (1 + np.exp(-2.0 * risk))).astype("float32")

table = np.column_stack([income, home_value, loan, age, months_employed,
                         open_accounts, late_payments, self_employed,
                         burden, loan / home_value]).astype("float32")
x_train, x_test = table[:4000], table[4000:]
y_train, y_test = default[:4000], default[4000:]

inputs = keras.Input((table.shape[1],))
h = layers.Dense(64, activation="relu")(inputs)
h = layers.Dropout(0.1)(h)
h = layers.Dense(32, activation="relu")(h)
logit = layers.Dense(1, dtype="float32")(h)
model = keras.Model(inputs, logit)

model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss=keras.losses.BinaryCrossentropy(from_logits=True))
history = model.fit(x_train, y_train, epochs=12, batch_size=64,
                    validation_split=0.1, verbose=2)

score = np.nan_to_num(model.predict(x_test, verbose=0)[:, 0])
order = np.argsort(np.argsort(score, kind="stable")) + 1
if np.ptp(score) == 0:
    auc = 0.5
else:
    pos = y_test == 1
    auc = (order[pos].sum() - pos.sum() * (pos.sum() + 1) / 2) / (pos.sum() * (~pos).sum())
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=auc:{auc}")
