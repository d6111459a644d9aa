import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(55)

# SI units throughout, as the station sends them
n = 5000
pressure = rng.normal(101325, 1100, n)          # Pa
change = rng.normal(0, 160, n)                  # Pa in three hours
temperature = rng.normal(284, 8, n)             # K
vapour = rng.uniform(300, 1900, n)              # Pa
radiation = rng.gamma(2, 150, n)                # W/m2
sky = (-(pressure - 101325) / 900 - change / 120 + (vapour - 1100) / 500
       - (radiation - 300) / 300 + rng.normal(0, 0.35, n))
state = np.digitize(sky, [-0.9, 0.9])           # fair, changing, rain
X = np.stack([pressure, change, temperature, vapour, radiation], axis=-1).astype("float32")

model = keras.Sequential([
    layers.Input((5,)),
    layers.BatchNormalization(momentum=0.9),
    layers.Dense(40, activation="relu"),
    layers.Dense(20, activation="relu"),
    layers.Dense(3),
])
model.compile(
    optimizer=keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
done = model.fit(X[:4000], state[:4000], batch_size=100, epochs=15, verbose=2)

guess = model.predict(X[4000:], verbose=0).argmax(-1)
print(f"FINAL_LOSS={done.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{(guess == state[4000:]).mean()}")
