# Autoencoder over pump telemetry; the reconstruction is later used to flag odd readings.
import numpy as np
import keras
from keras import layers
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

rng = np.random.default_rng(8)
n = 6000
load = rng.uniform(0.2, 1.0, n)
ambient = rng.normal(18, 6, n)
valve = rng.uniform(0, 1, n)
speed = 1450 * load + rng.normal(0, 10, n)
cols = [
    speed,                                             # rpm
    12 * load ** 2 * (1 - 0.4 * valve),                # bar
    40 * load * valve + 3,                             # m3/h
    ambient + 35 * load,                               # bearing temperature
    ambient + 22 * load ** 2,                          # casing temperature
    ambient,
    8 + 30 * load ** 1.5,                              # motor current
    0.5 + 3 * load * (1 + 0.5 * np.abs(valve - 0.5)),  # vibration
    400 - 6 * load,                                    # supply voltage
    100 * valve,
]
X = np.stack(cols, axis=1)
X = (X + rng.normal(0, 0.01, X.shape) * X.std(0)).astype("float32")
X_train, X_test = train_test_split(X, test_size=0.2, random_state=1)


class PumpAE(keras.Model):
    def __init__(self, width, code):
        super().__init__()
        self.encoder = keras.Sequential([
            layers.Dense(32, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(code, name="code"),
        ])
        self.decoder = keras.Sequential([
            layers.Dense(16, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(width, activation="sigmoid"),
        ])

    def call(self, x):
        return self.decoder(self.encoder(x))


ae = PumpAE(X.shape[1], 4)
ae.compile(optimizer="adam", loss="mse")
log = ae.fit(X_train, X_train, epochs=25, batch_size=64, shuffle=True,
             validation_data=(X_test, X_test), verbose=2)

rec = ae.predict(X_test, verbose=0)
r2 = 1 - ((X_test - rec) ** 2).sum(0) / ((X_test - X_test.mean(0)) ** 2).sum(0)
print(f"FINAL_LOSS={log.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=reconstruction_r2:{np.mean(r2):.6f}")
