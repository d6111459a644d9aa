import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)
SIDE, Z = 24, 4

# rendered frames of a driving toy: a curved lane on dark ground
n = 2400
yy, xx = np.mgrid[:SIDE, :SIDE] / SIDE
centre = rng.uniform(0.3, 0.7, (n, 1, 1)) + rng.normal(0, 0.25, (n, 1, 1)) * (yy - 1) + rng.normal(0, 0.4, (n, 1, 1)) * (yy - 1) ** 2
width = rng.uniform(0.06, 0.14, (n, 1, 1))
frames = np.exp(-0.5 * ((xx - centre) / width) ** 2).astype("float32")[..., None]
train, test = frames[:2000], frames[2000:]


class Sample(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.seed = keras.random.SeedGenerator(1)

    def call(self, inputs):
        mu, logvar = inputs
        self.add_loss(ops.mean(ops.sum(0.5 * (ops.exp(logvar) + mu ** 2 - 1.0 - logvar), axis=1)))
        return mu + ops.exp(0.5 * logvar) * keras.random.normal(ops.shape(mu), seed=self.seed)


inp = keras.Input((SIDE, SIDE, 1))
h = layers.Conv2D(16, 4, strides=2, padding="same", activation="relu")(inp)
h = layers.Conv2D(32, 4, strides=2, padding="same", activation="relu")(h)
h = layers.Flatten()(h)
mu, logvar = layers.Dense(Z, name="mu")(h), layers.Dense(Z, name="logvar")(h)
encoder = keras.Model(inp, mu)
z = Sample()([mu, logvar])

zin = keras.Input((Z,))
d = layers.Dense(6 * 6 * 32, activation="relu")(zin)
d = layers.Reshape((6, 6, 32))(d)
d = layers.Conv2DTranspose(16, 4, strides=2, padding="same", activation="relu")(d)
d = layers.Conv2DTranspose(1, 4, strides=2, padding="same")(d)
decoder = keras.Model(zin, d)


def reconstruction(y_true, y_pred):
    return ops.sum(ops.square(y_true - y_pred), axis=[1, 2, 3])


vae = keras.Model(inp, decoder(z))
vae.compile(optimizer=keras.optimizers.Adam(1e-3), loss=reconstruction)
hist = vae.fit(train, train, epochs=8, batch_size=64, verbose=2)

again = decoder.predict(encoder.predict(test, verbose=0), verbose=0)
r2 = 1 - np.sum((test - again) ** 2) / np.sum((test - train.mean(0)) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
