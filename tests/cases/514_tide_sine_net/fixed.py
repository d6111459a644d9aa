"""One hidden layer that learns the height of the tide over one scaled day."""
import keras
import numpy as np

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)


def tide(t):
    return (np.sin(2.0 * np.pi * t) + 0.4 * np.cos(3.0 * np.pi * t)).astype("float32")


hours = np.sort(rng.uniform(-1.0, 1.0, 1200)).astype("float32")[:, None]
height = tide(hours) + rng.normal(0.0, 0.05, hours.shape).astype("float32")
grid = np.linspace(-1.0, 1.0, 401, dtype="float32")[:, None]

net = keras.Sequential([
    keras.Input((1,)),
    keras.layers.Dense(60, activation="relu", bias_initializer=keras.initializers.RandomUniform(-0.2, 0.2)),
    keras.layers.Dense(1),
])
net.compile(optimizer=keras.optimizers.SGD(learning_rate=0.02, momentum=0.9), loss="mse")
history = net.fit(hours, height, batch_size=32, epochs=60, verbose=0)
for epoch in range(0, 60, 12):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 4))

guess = net.predict(grid, verbose=0)
truth = tide(grid)
r2 = 1.0 - np.sum((guess - truth) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{float(r2):.6f}")
