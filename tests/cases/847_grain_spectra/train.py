"""Protein in grain: an encoder learns from many unlabelled near-infrared scans, a small head from few assayed ones."""
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)
BANDS = 80
nm = np.linspace(0, 1, BANDS)
peaks = np.exp(-((nm[None] - np.array([0.2, 0.45, 0.6, 0.85])[:, None]) / 0.07) ** 2)


def scans(n):
    mix = rng.uniform(0, 1, (n, 4))
    path = rng.normal(1.0, 0.02, (n, 1))
    counts = 9000 * path * np.exp(-0.25 * mix @ peaks) + rng.normal(0, 12, (n, BANDS))
    protein = 8 + 7 * mix[:, 1] + 3 * mix[:, 1] * mix[:, 3] + rng.normal(0, 0.15, n)
    return counts.astype("float32"), protein.astype("float32")


archive, _ = scans(3000)
x, protein = scans(600)

# step 1: restore the scan from a damaged copy
adapt = layers.Normalization(axis=-1)
adapt.adapt(archive)
scan = keras.Input((BANDS,))
h = adapt(scan)
h = layers.GaussianNoise(0.2)(h)
h = layers.Dense(64, activation="tanh")(h)
code = layers.Dense(16, activation="tanh", name="code")(h)
h = layers.Dense(64, activation="tanh")(code)
back = layers.Dense(BANDS)(h)
denoiser = keras.Model(scan, back)
denoiser.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
denoiser.fit(archive, adapt(archive), batch_size=60, epochs=8, verbose=0)

# step 2: the code is kept as it is
encoder = keras.Model(scan, code)
encoder.trainable = False
mean, std = x[:400].mean(axis=0), x[:400].std(axis=0)
x = (x - mean) / std
low, spread = protein[:400].mean(), protein[:400].std()
y = (protein - low) / spread


class Head(keras.Model):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.mix = layers.Dense(24, activation="relu")
        self.out = layers.Dense(1)

    def call(self, scan):
        return self.out(self.mix(self.encoder(scan, training=False)))


head = Head(encoder)
head.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mae")
track = head.fit(x[:400], y[:400], batch_size=20, epochs=30, verbose=2)

percent = head.predict(x[400:], verbose=0)[:, 0] * spread + low
r2 = 1 - np.mean((percent - protein[400:]) ** 2) / protein[400:].var()
print("FINAL_LOSS=%f" % track.history["loss"][-1])
print("FINAL_METRIC=r2:%.4f" % r2)
