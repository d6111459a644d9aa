"""Inhibition curves on an assay plate: descriptors of a compound give potency and steepness."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(41)

# micromolar; the first column of wells holds solvent only
CONC = np.array([0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0], "float32")
DESC = 10
w_pot = rng.normal(0, 0.7, DESC)
w_hill = rng.normal(0, 0.12, DESC)


def plate(n, noise):
    d = rng.normal(0, 1, (n, DESC))
    log_half = np.tanh(d @ w_pot / 2) * 2.5 - 0.7
    hill = np.exp(d @ w_hill)
    ratio = (CONC[None, :] / np.exp(log_half)[:, None]) ** hill[:, None]
    y = 100 * ratio / (1 + ratio)
    return d.astype("float32"), (y + rng.normal(0, noise, y.shape)).astype("float32")


class Curve(layers.Layer):
    def __init__(self, conc, **kw):
        super().__init__(**kw)
        self.conc = conc

    def call(self, half_and_hill):
        log_half = half_and_hill[:, :1]
        hill = ops.softplus(half_and_hill[:, 1:2])
        log_conc = ops.log(ops.maximum(ops.convert_to_tensor(self.conc), 1e-6))
        return 100.0 * ops.sigmoid(hill * (log_conc[None, :] - log_half))


desc_train, inh_train = plate(1800, noise=4.0)
desc_test, inh_test = plate(500, noise=0.0)

inp = keras.Input((DESC,))
h = layers.Dense(48, activation="relu")(inp)
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(2)(h)
out = Curve(CONC)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
hist = model.fit(desc_train, inh_train, batch_size=64, epochs=40, verbose=2)

pred = model.predict(desc_test, verbose=0)
r2 = 1 - np.sum((pred - inh_test) ** 2) / np.sum((inh_test - inh_test.mean()) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
