"""Monthly counts with season and drift: windows of 24 months to the next one, the learning rate is swept."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(66)
month = np.arange(1500)
series = 60 + 25 * np.sin(2 * np.pi * month / 12) + 20 * np.sin(2 * np.pi * month / 131) + rng.normal(0, 4, 1500)
series = series.astype("float32")
WINDOW, SPLIT, EPOCHS = 24, 1200, 60


def windowed(values, shuffle):
    data = tf.data.Dataset.from_tensor_slices(values).window(WINDOW + 1, shift=1, drop_remainder=True)
    data = data.flat_map(lambda w: w.batch(WINDOW + 1)).map(lambda w: (w[:-1], w[-1:]))
    if shuffle:
        data = data.cache().shuffle(1200, seed=6)
    return data.batch(32).prefetch(1)


train, test = windowed(series[:SPLIT], True), windowed(series[SPLIT:], False)
model = keras.Sequential([keras.Input((WINDOW,)), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=1e-6, momentum=0.9), loss="mse")
history = model.fit(train, epochs=EPOCHS, verbose=2)

truth = np.concatenate([y.numpy() for _, y in test])
guess = model.predict(test, verbose=0)
r2 = 1.0 - np.mean((truth - guess) ** 2) / np.var(truth)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2:.4f}")
