"""Price of a used truck; the table is kept in half precision to save memory."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

N = 6000
age = rng.uniform(0.5, 14.0, N)
mileage = np.clip(age * rng.normal(3900.0, 1200.0, N), 500.0, 60000.0)
hours = np.clip(age * rng.normal(900.0, 300.0, N), 100.0, 30000.0)
payload = rng.uniform(3000.0, 26000.0, N)
power = rng.uniform(110.0, 420.0, N)
doors = rng.integers(2, 5, N).astype(float)
log_price = (10.6 - 0.000028 * mileage - 0.00002 * hours + 0.00003 * payload + 0.0005 * power
             + 0.05 * rng.normal(size=N))
price = np.exp(log_price).astype("float32") / 1000.0

columns = [mileage, hours, payload, power, doors, age]
table = np.stack([c.astype(np.float16) for c in columns], axis=1)
target = ((price - price.mean()) / price.std())[:, None]

mean = table[:5000].mean(axis=0)
std = table[:5000].astype("float32").std(axis=0)


class Trucks(keras.utils.PyDataset):
    def __init__(self, rows, batch_size=100, **kwargs):
        super().__init__(**kwargs)
        self.rows, self.batch_size = rows, batch_size

    def __len__(self):
        return len(self.rows) // self.batch_size

    def __getitem__(self, i):
        rows = self.rows[i * self.batch_size:(i + 1) * self.batch_size]
        x = (table[rows] - mean) / std
        return x.astype("float32"), target[rows]


model = keras.Sequential([
    keras.Input((6,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(0.002), loss="mse")
history = model.fit(Trucks(np.arange(5000)), epochs=20, verbose=2)

pred = model.predict(Trucks(np.arange(5000, 6000)), verbose=0)
y_test = target[5000:6000]
r2 = 1.0 - np.sum((y_test - pred) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
