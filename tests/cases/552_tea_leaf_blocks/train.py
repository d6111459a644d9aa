"""Grade of tea leaves from near infrared bands; residual blocks, the deeper ones are skipped more often."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
BLOCKS = 5


def leaves(n, seed):
    rng = np.random.default_rng(seed)
    grade = rng.integers(0, 5, n)
    band = np.linspace(0, 1, 40)
    centre = 0.25 + 0.1 * grade[:, None]
    spectrum = np.exp(-((band - centre) ** 2) / 0.01) - 0.7 * np.exp(-((band - centre - 0.15) ** 2) / 0.005)
    spectrum = spectrum * rng.uniform(0.5, 1.5, (n, 1)) + rng.normal(0, 0.35, (n, 40))
    return spectrum.astype("float32"), grade.astype("int32")


class SkipPath(layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = float(rate)
        self.seeds = keras.random.SeedGenerator(11)

    def call(self, x, training=False):
        if not training:
            return x
        keep = 1.0 - self.rate
        draw = keras.random.uniform((ops.shape(x)[0], 1), seed=self.seeds)
        return x / keep * ops.floor(keep + draw)


x, y = leaves(3000, 1)
x_test, y_test = leaves(1000, 2)

inputs = keras.Input((40,))
h = layers.Dense(64, activation="relu")(inputs)
for rate in np.linspace(0.0, 1.0, BLOCKS):
    branch = layers.LayerNormalization()(h)
    branch = layers.Dense(64, activation="relu")(branch)
    branch = layers.Dense(64, kernel_initializer="zeros")(branch)
    h = layers.Add()([h, SkipPath(rate)(branch)])
outputs = layers.Dense(5, activation="softmax")(h)
model = keras.Model(inputs, outputs)
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=64, epochs=15, verbose=2)

accuracy = np.mean(model.predict(x_test, verbose=0).argmax(axis=1) == y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{accuracy:.4f}")
