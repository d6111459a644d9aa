"""Minutes to unload a grain wagon from readings at the gate; rate lowered a little every epoch."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)


def wagons(n):
    x = rng.normal(0, 1, (n, 8))
    moist, load, frost, crew, slope = x[:, 0], x[:, 1], x[:, 2], x[:, 3], x[:, 4]
    minutes = 42 + 9 * moist * load + 7 * np.sin(1.6 * frost) * crew + 5 * np.abs(slope)
    return x, minutes + rng.normal(0, 1.5, n)


x_train, minutes_train = wagons(4000)
x_test, minutes_test = wagons(800)
centre, width = minutes_train.mean(), minutes_train.std()

model = keras.Sequential([
    layers.Input((8,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-4), loss="mse")


def a_little_slower(epoch, lr):
    return lr * 0.995 ** epoch


hist = model.fit(
    x_train, (minutes_train - centre) / width,
    batch_size=400,
    epochs=200,
    callbacks=[keras.callbacks.LearningRateScheduler(a_little_slower)],
    verbose=2,
)

pred = model.predict(x_test, batch_size=400, verbose=0)[:, 0] * width + centre
r2 = 1 - np.mean((pred - minutes_test) ** 2) / np.var(minutes_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
