"""Average size of a motor claim (thousands of euros): gamma deviance as the loss."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)

N_REGIONS, N_MODELS, n = 14, 40, 6000
region_effect = rng.normal(0, 0.35, N_REGIONS)
model_effect = rng.normal(0, 0.45, N_MODELS)
region = rng.integers(0, N_REGIONS, n)
car = rng.integers(0, N_MODELS, n)
numbers = rng.normal(size=(n, 3)).astype("float32")
mu = np.exp(0.7 + region_effect[region] + model_effect[car] + 0.5 * numbers[:, 0] - 0.3 * np.abs(numbers[:, 1]))
claim = rng.gamma(4.0, mu / 4.0).clip(0.05).astype("float32")

cut = 4800


def split(a):
    return a[:cut], a[cut:]


(r_tr, r_te), (c_tr, c_te), (x_tr, x_te), (y_tr, y_te) = map(split, (region, car, numbers, claim))
ds = (tf.data.Dataset.from_tensor_slices(((r_tr, c_tr, x_tr), y_tr[:, None]))
      .shuffle(cut, seed=5).batch(64).prefetch(1))


def gamma_deviance(y_true, y_pred):
    deviance = tf.math.log(y_pred) - tf.math.log(y_true) + y_true / y_pred - 1.0
    return 2.0 * tf.reduce_mean(deviance, axis=-1)


region_in = keras.Input((), dtype="int32")
car_in = keras.Input((), dtype="int32")
num_in = keras.Input((3,))
h = layers.Concatenate()([
    layers.Embedding(N_REGIONS, 4)(region_in),
    layers.Embedding(N_MODELS, 6)(car_in),
    num_in,
])
h = layers.Dense(48, activation="relu")(h)
h = layers.Dense(24, activation="relu")(h)
size = layers.Dense(1, activation="relu")(h)

model = keras.Model([region_in, car_in, num_in], size)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=gamma_deviance)
history = model.fit(ds, epochs=15, verbose=2)

pred = model.predict((r_te, c_te, x_te), batch_size=512, verbose=0)[:, 0]
r2 = 1 - np.sum((mu[cut:] - pred) ** 2) / np.sum((mu[cut:] - mu[cut:].mean()) ** 2)
print("mean claim forecast", pred.mean(), "observed", y_te.mean())
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
