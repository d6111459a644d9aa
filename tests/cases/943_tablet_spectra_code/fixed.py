"""Tablet coatings from near-infrared spectra: a three-number code, then a small classifier."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(31)

CHANNELS, COATINGS = 240, 6
signature = rng.normal(0, 1, (COATINGS, CHANNELS))
signature /= np.linalg.norm(signature, axis=1, keepdims=True)


def spectra(n):
    k = rng.integers(0, COATINGS, n)
    x = rng.normal(0, 1, (n, CHANNELS)) + 6.0 * signature[k]
    return x.astype("float32"), k.astype("int32")


def to_unit_peak(code):
    peak = tf.reduce_max(tf.abs(code), axis=1, keepdims=True)
    return code / (peak + 1e-6)


class UnitPeak(layers.Layer):
    """Scale each code so that its largest entry is one."""

    def call(self, code):
        return to_unit_peak(code)

    def compute_output_spec(self, code):
        return keras.KerasTensor(code.shape, dtype="float32")


x_train, y_train = spectra(3000)
x_test, y_test = spectra(1000)

inp = keras.Input((CHANNELS,))
h = layers.Dense(64, activation="relu", name="enc_1")(inp)
h = layers.Dense(3, name="code")(h)
h = UnitPeak()(h)
h = layers.Dense(48, activation="relu")(h)
out = layers.Dense(COATINGS, activation="softmax")(h)
model = keras.Model(inp, out)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

hist = model.fit(x_train, y_train, batch_size=64, epochs=15,
                 validation_data=(x_test, y_test), verbose=2)
acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
