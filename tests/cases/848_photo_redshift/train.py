"""Redshift of galaxies from five magnitudes, with three quantiles; the best epoch on the second field is kept."""
import numpy as np
import pandas as pd
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
BANDS = list("ugriz")
LEVELS = tf.constant([0.16, 0.5, 0.84])


def field(n, seed, depth):
    g = np.random.default_rng(seed)
    z = g.gamma(3.0, 0.2, n)
    kind = g.integers(0, 3, n)
    lam = np.array([0.36, 0.47, 0.62, 0.75, 0.89])
    edge = 0.38 * (1 + z[:, None])
    sed = (0.8 + 0.4 * kind[:, None]) / (1 + np.exp((lam - edge) / 0.06)) - 1.2 * (lam - 0.62)
    mags = 21.0 + 2.2 * np.log10(z[:, None] + 0.2) + sed + g.normal(0, 0.5, (n, 1)) + g.normal(0, 0.04, (n, 5))
    mags[mags > depth] = np.nan  # too faint for the survey
    return pd.DataFrame(mags, columns=BANDS).assign(z=z)


def prepare(table):
    colours = -np.diff(table[BANDS].to_numpy(), axis=1)
    x = np.column_stack([(table["r"] - 21.0), colours])
    return x.astype("float32"), table[["z"]].to_numpy().astype("float32")


north = field(3000, 1, depth=23.5).dropna()
south = field(700, 2, depth=23.5)
deep = field(900, 3, depth=99.0)
x_train, z_train = prepare(north)
x_valid, z_valid = prepare(south)
x_deep, z_deep = prepare(deep)


class Quantiles(keras.Model):
    def __init__(self):
        super().__init__()
        self.a = keras.layers.Dense(48, activation="swish")
        self.b = keras.layers.Dense(48, activation="swish")
        self.lowest = keras.layers.Dense(1)
        self.gaps = keras.layers.Dense(2, activation="softplus")

    def call(self, x):
        h = self.b(self.a(x))
        return tf.cumsum(tf.concat([self.lowest(h), self.gaps(h)], axis=1), axis=1)


def pinball(z, q):
    d = z - q
    return tf.reduce_mean(tf.maximum(LEVELS * d, (LEVELS - 1.0) * d))


model = Quantiles()
model(x_train[:1])
opt = keras.optimizers.Adam(1e-3)
opt.build(model.trainable_variables)


@tf.function
def step(x, z):
    with tf.GradientTape() as tape:
        loss = pinball(z, model(x, training=True))
    opt.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return loss


batches = tf.data.Dataset.from_tensor_slices((x_train, z_train)).shuffle(4000, seed=5).batch(40)
best, kept = np.inf, model.get_weights()
for epoch in range(25):
    loss = np.mean([step(x, z).numpy() for x, z in batches])
    valid = float(pinball(z_valid, model(x_valid)))
    if valid < best:
        best, kept = valid, model.get_weights()
    print(f"{epoch:3d} train {loss:.5f} valid {valid:.5f}")
model.set_weights(kept)

median = model.predict(x_deep, verbose=0)[:, 1:2]
r2 = 1 - np.mean((median - z_deep) ** 2) / np.var(z_deep)
print(f"FINAL_LOSS={loss}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
