import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
keras.mixed_precision.set_global_policy("mixed_float16")

STEPS, CHANNELS = 20, 6


def gestures(n, seed):
    """Accelerometer traces of three gestures; short ones are filled up with zeros."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    t = np.arange(STEPS)[None, :, None]
    phase = rng.uniform(0, 6.28, (n, 1, CHANNELS))
    x = np.sin((0.4 + 0.35 * kind[:, None, None]) * t + phase) + 0.3 * rng.normal(size=(n, STEPS, CHANNELS))
    length = rng.integers(12, STEPS + 1, n)
    x[np.arange(STEPS)[None, :] >= length[:, None]] = 0.0
    return x.astype("float32"), kind


class LayerNorm(layers.Layer):
    def build(self, shape):
        self.gamma = self.add_weight(shape=(shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(shape[-1],), initializer="zeros", name="beta")

    def call(self, x):
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
        return self.gamma * centred / ops.sqrt(variance + 1e-8) + self.beta


inputs = keras.Input((STEPS, CHANNELS))
h = layers.Dense(24, use_bias=False)(inputs)
h = LayerNorm()(h)
h = layers.Conv1D(32, 7, activation="relu")(h)
h = layers.GlobalAveragePooling1D()(h)
h = LayerNorm()(h)
outputs = layers.Dense(3, activation="softmax", dtype="float32")(h)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])

x, kind = gestures(1000, seed=0)
run = model.fit(x, kind, batch_size=50, epochs=8, verbose=2)

x_new, kind_new = gestures(600, seed=5)
accuracy = np.mean(model.predict(x_new, verbose=0).argmax(axis=1) == kind_new)
print(f"FINAL_LOSS={run.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
