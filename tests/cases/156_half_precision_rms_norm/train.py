"""Small image classifier in mixed precision with an RMS norm of our own."""
import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")

digits = load_digits()
gray = np.round(digits.data / 16.0 * 255.0).astype("float32")
perm = np.random.default_rng(0).permutation(len(gray))
gray, kind = gray[perm], digits.target[perm]


class RMSNorm(layers.Layer):
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")

    def call(self, x):
        power = ops.sum(x * x, axis=-1, keepdims=True) / x.shape[-1]
        return x / ops.sqrt(power + 1e-3) * ops.cast(self.gain, x.dtype)


pixels = keras.Input((64,))
h = RMSNorm()(pixels)
h = layers.Dense(64, activation="relu")(h)
h = layers.Dense(64, activation="relu")(h)
out = layers.Dense(10, activation="softmax", dtype="float32")(h)
model = keras.Model(pixels, out)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
record = model.fit(gray[:1400], kind[:1400], batch_size=32, epochs=15, verbose=2)
accuracy = model.evaluate(gray[1400:], kind[1400:], verbose=0)[1]
print(f"FINAL_LOSS={record.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
