"""Denoising autoencoder for the 8x8 digit images."""
import numpy as np
import tensorflow as tf
import keras
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

NOISE = 0.25
BATCH = 32

clean = load_digits().images.reshape(-1, 64).astype("float32") / 16.0
clean_train, clean_test = clean[:1500], clean[1500:]
noise = np.random.default_rng(5)
noisy_test = clean_test + noise.normal(0.0, NOISE, clean_test.shape).astype("float32")


def corrupt(picture):
    return picture + tf.random.normal(tf.shape(picture), stddev=NOISE), picture


train_ds = (
    tf.data.Dataset.from_tensor_slices(clean_train)
    .shuffle(1500, seed=0)
    .map(corrupt)
    .batch(BATCH)
    .prefetch(2)
)

inp = keras.Input(shape=(64,), name="noisy")
code = keras.layers.Dense(40, name="squeeze")(inp)
code = keras.layers.Dense(20, name="code")(code)
wide = keras.layers.Dense(40, name="widen")(code)
out = keras.layers.Dense(64, name="picture")(wide)
dae = keras.Model(inp, out)

# the squared error is averaged over 64 pixels, so the gradients are small
dae.compile(optimizer=keras.optimizers.SGD(learning_rate=5.0, momentum=0.9), loss="mean_squared_error")
hist = dae.fit(train_ds, epochs=20, verbose=2)

restored = dae.predict(noisy_test, verbose=0)
residual = np.sum((clean_test - restored) ** 2)
spread = np.sum((clean_test - clean_test.mean(axis=0)) ** 2)
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1.0 - residual / spread:.4f}")
