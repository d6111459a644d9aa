import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(9)

# meals sold per day in a canteen, three years
days = np.arange(1100)
weekday = np.array([420, 455, 470, 440, 330, 60, 45])[days % 7]
meals = weekday * (1 + 0.15 * np.sin(2 * np.pi * days / 365)) + 15 * rng.normal(size=len(days))
mu, sd = meals[:850].mean(), meals[:850].std()
z = ((meals - mu) / sd).astype("float32")

W = 21
x = np.stack([z[i:i + W] for i in range(len(z) - W)])[..., None]
y = z[W:]
x_train, y_train, x_test, y_test = x[:830], y[:830], x[830:], y[830:]

model = keras.Sequential([
    layers.Input((W, 1)),
    layers.Conv1D(16, 7, activation="relu"),
    layers.Conv1D(16, 5, activation="relu"),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(), loss="mse")


def schedule(epoch, lr):
    if epoch < 8:
        return 1e-3
    elif epoch < 16:
        return lr * 0.9
    else:
        return 2e-4


hist = model.fit(x_train, y_train, batch_size=32, epochs=30, verbose=2,
                 callbacks=[keras.callbacks.LearningRateScheduler(schedule)])

pred = model.predict(x_test, verbose=0)[:, 0]
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=mae_meals:{np.mean(np.abs(pred - y_test)) * sd}")
