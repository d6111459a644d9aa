import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)

# cantilever brackets: load N, length m, width m, height m, modulus Pa
n = 2500
load = rng.uniform(5, 40, n)
length = rng.uniform(0.10, 0.25, n)
width = rng.uniform(0.02, 0.05, n)
height = rng.uniform(0.008, 0.014, n)
modulus = rng.uniform(60e9, 210e9, n)


def tip_deflection(p, l, b, h, e):
    inertia = b * h ** 3 / 12.0
    return p * l ** 3 / (3.0 * e * inertia)


x = np.stack([load, length, width, height, modulus], 1)
x = ((x - x[:2000].mean(0)) / x[:2000].std(0)).astype("float32")
y = (1e4 * tip_deflection(load, length, width, height, modulus)).astype("float32")
xtr, xte, ytr, yte = x[:2000], x[2000:], y[:2000], y[2000:]


class Surrogate(keras.Model):
    def __init__(self):
        super().__init__()
        self.d1 = layers.Dense(64, activation="elu")
        self.d2 = layers.Dense(64, activation="elu")
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.d2(self.d1(x)))


model = Surrogate()
model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="mse", metrics=["mae"])
hist = model.fit(xtr, ytr, epochs=50, batch_size=50, verbose=2)

pred = model.predict(xte, verbose=0).ravel()
r2 = 1 - ((yte - pred) ** 2).sum() / ((yte - yte.mean()) ** 2).sum()
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
