import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)
n = 3000

pressure = rng.normal(size=n)
flow = rng.normal(size=n)
current = 0.6 * flow + 0.8 * rng.normal(size=n)
vibration = rng.normal(size=n)
state = (pressure * flow + current - 0.7 * vibration > 0).astype("int32")

features = np.array([pressure, flow, current, vibration], dtype="float32").reshape(n, 4)
split = 2400

model = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Nadam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(features[:split], state[:split], epochs=15, batch_size=50, verbose=2)

fresh = np.column_stack([pressure, flow, current, vibration])[split:].astype("float32")
_, accuracy = model.evaluate(fresh, state[split:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
