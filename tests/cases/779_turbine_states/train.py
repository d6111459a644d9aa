"""State of a wind turbine (idle / normal / icing / worn bearing) from ten-minute means. The best epoch is kept."""
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
STATES = 4


def campaign(n, seed, heater=None):
    """One measuring campaign; `heater` fixes the blade heating (0 or 1), otherwise it is switched as needed."""
    g = np.random.default_rng(seed)
    state = g.integers(0, STATES, n)
    wind = np.where(state == 0, g.uniform(0, 5, n), g.uniform(4, 15, n))
    power = 1000 * np.clip((wind - 3) / 9, 0, 1) ** 2 * np.where(state == 2, 0.6, 1.0) * (state > 0) + g.normal(0, 30, n)
    air = g.normal(6, 6, n) - 6 * (state == 2)
    bearing = 40 + 0.02 * power + 12 * (state == 3) + g.normal(0, 3, n)
    hum = g.normal(0, 1, n) + 1.5 * (state == 3)
    heat = g.integers(0, 2, n) if heater is None else np.full(n, heater)
    return np.stack([wind, power, air, bearing, hum, heat], axis=1), state


def standardise(x):
    return ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")


x_train, s_train = campaign(3000, 1)
x_valid, s_valid = campaign(600, 2, heater=0)
x_test, s_test = campaign(1000, 3)
z_train, z_valid, z_test = standardise(x_train), standardise(x_valid), standardise(x_test)

inp = keras.Input((6,))
a = layers.Dense(48, activation="leaky_relu")(inp)
a = layers.LayerNormalization()(a)
a = layers.Dense(48, activation="leaky_relu")(a)
monitor = keras.Model(inp, layers.Dense(STATES, activation="softmax")(a))
monitor.compile(optimizer=keras.optimizers.Lion(5e-4), loss="sparse_categorical_crossentropy")

shuffle = np.random.default_rng(0)
best, best_weights = np.inf, monitor.get_weights()
for epoch in range(15):
    idx = shuffle.permutation(len(z_train))
    losses = []
    for part in np.array_split(idx, 60):
        losses.append(float(monitor.train_on_batch(z_train[part], s_train[part])))
        monitor.reset_metrics()
    val = monitor.evaluate(z_valid, s_valid, verbose=0)
    print(f"epoch {epoch}: loss {np.mean(losses):.4f} val_loss {val:.4f}")
    if val < best:
        best, best_weights = val, monitor.get_weights()
monitor.set_weights(best_weights)

accuracy = (monitor.predict(z_test, verbose=0).argmax(axis=1) == s_test).mean()
print(f"FINAL_LOSS={np.mean(losses):.5f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
