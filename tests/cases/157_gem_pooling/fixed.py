"""Which mark is on the sheet? Convolutions and generalised-mean pooling with a learned power."""
import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(2)

STAMPS = (rng.random((6, 5, 5)) > 0.5).astype("float32")


def sheets(n):
    mark = rng.integers(0, 6, n)
    page = np.zeros((n, 16, 16, 1), dtype="float32")
    for i, m in enumerate(mark):
        r, c = rng.integers(0, 11, 2)
        page[i, r:r + 5, c:c + 5, 0] = STAMPS[m] * rng.uniform(0.5, 1.0)
    return page, mark


@keras.saving.register_keras_serializable()
class GeneralizedMean(layers.Layer):
    def build(self, shape):
        self.p = self.add_weight(shape=(), initializer=keras.initializers.Constant(3.0), name="p")

    def call(self, maps):
        return ops.power(ops.mean(ops.power(ops.maximum(maps, 1e-6), self.p), axis=(1, 2)), 1.0 / self.p)


x, y = sheets(2400)
xt, yt = sheets(600)
net = keras.Sequential([
    keras.Input((16, 16, 1)),
    layers.Conv2D(16, 3, activation="relu", use_bias=False),
    layers.Conv2D(24, 3, activation="relu", use_bias=False),
    GeneralizedMean(),
    layers.Dense(6, activation="softmax"),
])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
h = net.fit(x, y, batch_size=32, epochs=12, verbose=2)
acc = net.evaluate(xt, yt, verbose=0)[1]
print(f"FINAL_LOSS={h.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
