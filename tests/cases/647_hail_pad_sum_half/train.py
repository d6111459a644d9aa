"""Class of a hail storm from the stream of impacts on a pad; half precision to save memory."""
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(29)

keras.mixed_precision.set_global_policy("mixed_float16")

IMPACTS = 500


def storms(n):
    kind = rng.integers(0, 3, n)
    scale = np.array([9.0, 16.0, 26.0])[kind] * rng.uniform(0.9, 1.1, n)
    shape = np.array([3.0, 1.5, 2.2])[kind]
    size = rng.gamma(shape[:, None], scale[:, None] / shape[:, None], size=(n, IMPACTS))
    gap = rng.exponential(np.array([6.0, 10.0, 8.0])[kind][:, None], size=(n, IMPACTS))
    sound = 45.0 * size + 90 * rng.normal(size=(n, IMPACTS))
    return np.stack([size, gap, sound], axis=-1).astype("float32"), kind


X_train, y_train = storms(1200)
X_test, y_test = storms(500)


class SumOverImpacts(layers.Layer):
    def call(self, x):
        return ops.sum(x, axis=1)


inputs = keras.Input((IMPACTS, 3))
h = layers.Dense(32, activation="relu")(inputs)
h = layers.Dense(64, activation="relu")(h)
h = SumOverImpacts()(h)
h = layers.Dense(24, activation="relu")(h)
outputs = layers.Dense(3, activation="softmax", dtype="float32")(h)

model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X_train, y_train, epochs=12, batch_size=50, verbose=2)

prob = model.predict(X_test, verbose=0)
accuracy = float(np.mean(prob.argmax(1) == y_test))
print("storms per class", np.bincount(prob.argmax(1), minlength=3))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
