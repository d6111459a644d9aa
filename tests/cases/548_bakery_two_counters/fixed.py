"""Rolls and loaves sold per hour in a bakery; one net, two outputs."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)


def shop(n, seed):
    rng = np.random.default_rng(seed)
    hour = rng.uniform(6, 18, n)
    day = rng.integers(0, 7, n)
    temperature = rng.normal(12, 8, n)
    holiday = rng.random(n) < 0.1
    rolls = 1.5 * np.exp(-((hour - 7.5) ** 2) / 3) + 0.4 * (day > 4) - 0.02 * temperature
    loaves = 0.8 * np.exp(-((hour - 16) ** 2) / 4) + 0.3 * holiday + 0.01 * temperature * (day < 5)
    rolls = rolls + rng.normal(0, 0.1, n)
    loaves = loaves + rng.normal(0, 0.1, n)
    x = np.stack([(hour - 12) / 3.5, (temperature - 12) / 8, holiday], axis=1)
    x = np.concatenate([x, np.eye(7)[day]], axis=1).astype("float32")
    return x, {"rolls": rolls.astype("float32"), "loaves": loaves.astype("float32")}


x, y = shop(2000, 1)
x_test, y_test = shop(1000, 2)

inputs = keras.Input((10,))
h = layers.Dense(64, activation="relu")(inputs)
h = layers.Dense(64, activation="relu")(h)
outputs = {"rolls": layers.Dense(1, name="rolls")(h), "loaves": layers.Dense(1, name="loaves")(h)}
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(1e-3, gradient_accumulation_steps=4),
    loss={"rolls": "mse", "loaves": "mse"},
)
history = model.fit(x, y, batch_size=20, epochs=14, verbose=2)

pred = model.predict(x_test, verbose=0)
scores = []
for name in ("rolls", "loaves"):
    scores.append(1 - np.mean((pred[name].ravel() - y_test[name]) ** 2) / y_test[name].var())
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{np.mean(scores):.4f}")
