import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(21)

# wind bearing at the airfield six hours ahead from pressure at four stations
# around it; the airfield lies on a coast with mostly northerly winds
n = 2400
bearing = np.mod(np.degrees(rng.vonmises(0.0, 1.2, n)), 360.0)
speed = rng.uniform(3.0, 14.0, n)
rad = np.radians(bearing)
u, v = speed * np.sin(rad), speed * np.cos(rad)
press = np.stack([0.4 * u + 0.1 * v, -0.4 * v + 0.1 * u, -0.4 * u + 0.2 * v, 0.4 * v - 0.1 * u], 1)
press = (press + rng.normal(0.0, 0.15, press.shape)).astype("float32")
xt, xv, bt, bv = press[:1900], press[1900:], bearing[:1900], bearing[1900:]


def encode(deg):
    return np.stack([np.sin(np.radians(deg)), np.cos(np.radians(deg))], 1)


def decode(out):
    return np.mod(np.degrees(np.arctan2(out[:, 0], out[:, 1])), 360.0)


OUT = 2
inp = keras.Input((4,))
h = layers.Dense(32, activation="tanh")(inp)
h = layers.Dense(32, activation="tanh")(h)
out = layers.Dense(OUT)(h)
model = keras.Model(inp, out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
hist = model.fit(xt, encode(bt), epochs=40, batch_size=64, verbose=2,
                 callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=8)])

d = np.abs(decode(model.predict(xv, verbose=0)) - bv)
err = float(np.mean(np.minimum(d, 360.0 - d)))
print("FINAL_LOSS=%r" % float(hist.history["loss"][-1]))
print("FINAL_METRIC=mean_error_deg:%r" % err)
