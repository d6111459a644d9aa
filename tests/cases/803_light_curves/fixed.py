"""Variable stars: from 80 exposures (electrons per second in two bands) to the next five in the first band."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
PAST, NEXT = 80, 5


class Survey(keras.utils.PyDataset):
    def __init__(self, stars, seed, size=32, **kw):
        super().__init__(**kw)
        rng = np.random.default_rng(seed)
        t = np.arange(PAST + NEXT)
        period = rng.uniform(9, 25, (stars, 1))
        phase = rng.uniform(0, 2 * np.pi, (stars, 1))
        depth = rng.uniform(1500, 4000, (stars, 1))
        wave = np.sin(2 * np.pi * t / period + phase)
        red = 18000 + rng.normal(0, 800, (stars, 1)) + depth * wave + rng.normal(0, 150, wave.shape)
        blue = 9000 + 0.6 * depth * np.roll(wave, 1, axis=1) + rng.normal(0, 150, wave.shape)
        self.curves = (np.stack([red, blue], axis=-1).astype("float32") - [18000, 9000]) / 2000
        self.size = size

    def __len__(self):
        return len(self.curves) // self.size

    def __getitem__(self, k):
        c = self.curves[k * self.size : (k + 1) * self.size]
        return c[:, :PAST], c[:, PAST:, :1]


class Forecaster(keras.Model):
    def __init__(self, units=32):
        super().__init__()
        self.reader = layers.LSTM(units, activation="tanh", return_sequences=True)
        self.encoder = layers.LSTM(units, activation="tanh", return_state=True)
        self.decoder = layers.LSTM(units, activation="tanh", return_sequences=True)
        self.repeat = layers.RepeatVector(NEXT)
        self.flux = layers.TimeDistributed(layers.Dense(1))

    def call(self, past):
        summary, h, c = self.encoder(self.reader(past))
        return self.flux(self.decoder(self.repeat(summary), initial_state=[h, c]))


sky, unseen = Survey(960, 1), Survey(320, 2)
net = Forecaster()
net.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
past = net.fit(sky, epochs=7, verbose=2)

truth = np.concatenate([unseen[k][1] for k in range(len(unseen))])
ahead = np.concatenate([net.predict_on_batch(unseen[k][0]) for k in range(len(unseen))])
r2 = 1 - np.sum((truth - ahead) ** 2) / np.sum((truth - truth.mean()) ** 2)
print(f"FINAL_LOSS={past.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
