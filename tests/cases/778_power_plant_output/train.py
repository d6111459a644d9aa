"""Output of a combined-cycle power plant from the weather of the hour. The model carries its own normalisation."""
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

rs = np.random.RandomState(8)
n = 4000
temp_k = 293 + 7.5 * rs.randn(n)                     # kelvin
pressure = 1013 + 6 * rs.randn(n) - 0.2 * (temp_k - 293)   # hPa
humidity = np.clip(73 + 14 * rs.randn(n) - 0.8 * (temp_k - 293), 20, 100)
vacuum = 54 + 1.1 * (temp_k - 293) + 8 * rs.randn(n)
mw = 454 - 1.7 * (temp_k - 293) - 0.3 * (vacuum - 54) + 0.35 * (pressure - 1013) - 0.15 * (humidity - 73)
mw = mw + 0.03 * (temp_k - 293) ** 2 + 2 * rs.randn(n)

weather = np.column_stack([temp_k, vacuum, pressure, humidity])
w_train, w_test, mw_train, mw_test = train_test_split(weather, mw, test_size=0.25, random_state=0)

norm = layers.Normalization()
norm.adapt(w_train)

scaler_x, scaler_y = StandardScaler(), StandardScaler()
a_train = scaler_x.fit_transform(w_train)
a_test = scaler_x.transform(w_test)
b_train = scaler_y.fit_transform(mw_train[:, None])

plant = keras.Sequential([
    keras.Input((4,)),
    norm,
    layers.Dense(64, activation="tanh"),
    layers.Dense(64, activation="tanh"),
    layers.Dense(1),
])
plant.compile(optimizer=keras.optimizers.Adagrad(0.05), loss="mse")
h = plant.fit(a_train, b_train, validation_split=0.1, batch_size=64, epochs=25, verbose=2)

power = scaler_y.inverse_transform(plant.predict(a_test, verbose=0))[:, 0]
r2 = 1 - np.sum((power - mw_test) ** 2) / np.sum((mw_test - mw_test.mean()) ** 2)
print("FINAL_LOSS=%s" % h.history["loss"][-1])
print("FINAL_METRIC=r2:%.4f" % r2)
