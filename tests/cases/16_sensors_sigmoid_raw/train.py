import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(16)

n = 2000
pressure = rng.normal(101325, 900, n)  # pascal
temperature = rng.normal(288, 9, n)  # kelvin
altitude = rng.uniform(0, 3000, n)  # metres
storm = ((pressure - 101325) / 900 + 0.5 * (temperature - 288) / 9 + 0.3 * rng.normal(size=n) < -0.2).astype("int")
x = np.stack([pressure, temperature, altitude], axis=1).astype("float32")

model = keras.Sequential([keras.Input((3,))])
model.add(layers.Dense(40, activation="sigmoid"))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[:1600], storm[:1600], batch_size=32, epochs=30, verbose=2)

_, accuracy = model.evaluate(x[1600:], storm[1600:], verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
