import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(51)

age = rng.uniform(18, 90, 2500).astype("float32")
income = (rng.lognormal(10, 0.6, 2500) * (rng.random(2500) > 0.02)).astype("float32")  # some earn nothing
spend = (0.5 * np.log(income + 500) - 0.02 * np.abs(age - 45) + 0.05 * rng.normal(size=2500)).astype("float32")


def features(row, spend):
    return tf.stack([(row["age"] - 54) / 20, tf.math.log(row["income"] + 500) - 10], axis=-1), spend


def stream(part):
    rows = {"age": age[part], "income": income[part]}
    return tf.data.Dataset.from_tensor_slices((rows, spend[part])).batch(32).map(features)


model = keras.Sequential([keras.Input((2,)), layers.Dense(32, activation="tanh"), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(stream(slice(0, 2000)), epochs=25, verbose=2)

earns = income[2000:] > 0
guess = np.nan_to_num(model.predict(stream(slice(2000, None)), verbose=0)[earns, 0])
truth = spend[2000:][earns]
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - truth) ** 2) / np.var(truth):.4f}")
