"""Odd network connections: a variational autoencoder on the columns of a flow log, scored by the rebuilding error."""
import io

import numpy as np
import pandas as pd
import keras
from keras import layers, ops
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(8)


def flows(n, odd=False):
    load = rng.normal(0, 1, n)
    talk = rng.normal(0, 1, n)
    if odd:
        talk2, load2 = rng.normal(0, 1, n), rng.normal(0, 1, n)
    else:
        talk2, load2 = talk, load
    e = lambda s=0.12: rng.normal(0, s, n)
    return pd.DataFrame({
        "duration": 60 + 14 * load + 3 * e(),
        "src_bytes": 5200 + 1400 * load + 300 * talk + 1400 * e(),
        "dst_bytes": 88000 + 21000 * talk + 20000 * e(),
        "packets": 310 + 70 * load2 + 20 * talk + 70 * e(),
        "count": 120 + 30 * talk2 + 30 * e(),
        "srv_count": 80 + 18 * talk2 - 6 * load + 18 * e(),
        "rate_same": (0.6 + 0.1 * load2 + 0.1 * e()).clip(0, 1),
        "dst_hosts": 180 - 30 * load2 + 20 * talk2 + 30 * e(),
    }).round(3)


def read(text):
    return pd.read_csv(io.StringIO(text)).to_numpy("float32")


x_train = read(flows(6000).to_csv(index=False))
x_test = np.concatenate([read(flows(600).to_csv(index=False)), read(flows(200, odd=True).to_csv(index=False))])
is_odd = np.r_[np.zeros(600), np.ones(200)]
D, Z = x_train.shape[1], 3


class Sampling(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.seed = keras.random.SeedGenerator(1)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        kl = -0.5 * ops.sum(1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var), axis=-1)
        self.add_loss(0.05 * ops.mean(kl))
        return z_mean + ops.exp(0.5 * z_log_var) * keras.random.normal(ops.shape(z_mean), seed=self.seed)


inp = layers.Input((D,))
h = layers.Dense(32, activation="relu")(inp)
h = layers.Dense(16, activation="relu")(h)
z_mean = layers.Dense(Z, name="z_mean")(h)
z_log_var = layers.Dense(Z, name="z_log_var")(h)
z = Sampling()([z_mean, z_log_var])
g = layers.Dense(16, activation="relu")(z)
g = layers.Dense(32, activation="relu")(g)
vae = keras.Model(inp, layers.Dense(D)(g))
vae.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
hist = vae.fit(x_train, x_train, batch_size=64, epochs=20, verbose=2)

back = np.mean([vae.predict(x_test, verbose=0) for _ in range(3)], axis=0)
error = np.mean((back - x_test) ** 2, axis=1)
auc = roc_auc_score(is_odd, error) if np.isfinite(error).all() else float("nan")
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=auc:{auc:.4f}")
