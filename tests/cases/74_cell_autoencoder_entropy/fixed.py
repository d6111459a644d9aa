"""Compress thirty cell measurements to six numbers and back."""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)

cells = load_breast_cancer().data
cells = cells[np.random.default_rng(17).permutation(len(cells))]
scaler = StandardScaler().fit(cells[:450])
train, test = scaler.transform(cells[:450]), scaler.transform(cells[450:])


class AutoEncoder(keras.Model):
    def __init__(self, width, code):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(24, activation="relu"), layers.Dense(code)])
        self.decoder = keras.Sequential([layers.Dense(24, activation="relu"), layers.Dense(width)])

    def call(self, x):
        return self.decoder(self.encoder(x))


auto = AutoEncoder(train.shape[1], 6)
auto.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
log = auto.fit(train, train, epochs=50, batch_size=32, validation_data=(test, test), verbose=2)

back = auto.predict(test, verbose=0)
r2 = 1 - np.sum((back - test) ** 2) / np.sum((test - train.mean(0)) ** 2)
print(f"FINAL_LOSS={log.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
