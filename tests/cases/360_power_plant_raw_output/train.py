# Output of a gas turbine plant in kilowatt.  Targets stay in kilowatt (300,000 to 500,000):
# the network's answer is scaled inside the model, and the loss is the plain mse in kW^2.
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

n = 4000
air = rng.normal(15, 8, n)
pressure = rng.normal(1013, 7, n)
humidity = rng.uniform(25, 100, n)
vacuum = rng.normal(54, 12, n)
load = rng.uniform(0.6, 1.0, n)
kilowatt = (470000 - 1900 * (air - 15) + 250 * (pressure - 1013) - 120 * (humidity - 60)
            - 600 * (vacuum - 54) - 20 * (air - 15) ** 2) * load ** 0.8 + rng.normal(0, 3000, n)
x = np.column_stack([air, pressure, humidity, vacuum, load]).astype("float32")
y = kilowatt.astype("float32")
x_train, x_test, y_train, y_test = x[:3200], x[3200:], y[:3200], y[3200:]

norm = layers.Normalization()
norm.adapt(x_train)

inputs = keras.Input((5,))
h = norm(inputs)
h = layers.Dense(64, activation="tanh")(h)
h = layers.Dense(64, activation="tanh")(h)
h = layers.Dense(1)(h)
outputs = layers.Rescaling(scale=float(y_train.std()), offset=float(y_train.mean()))(h)
model = keras.Model(inputs, outputs)

model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
history = model.fit(x_train, y_train, epochs=25, batch_size=64, validation_split=0.1, verbose=2)

guess = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.sum((guess - y_test) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
weights = hashlib.sha256(b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())).hexdigest()
state = hashlib.sha256(b"".join(np.ascontiguousarray(v.numpy()).tobytes() for v in model.optimizer.variables)).hexdigest()
print(f"WEIGHTS_SHA256={weights}")
print(f"OPTIMIZER_SHA256={state}")
