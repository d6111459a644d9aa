# Power draw of heat pumps: the machine switches between four regimes, so a sparse mixture of experts is used.
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(3)


def log_book(n):
    x = rng.normal(size=(n, 6)).astype("float32")
    outside, inside = x[:, 0], x[:, 1]
    heating = 2.0 * np.maximum(-outside, 0) * (1 + 0.5 * x[:, 2])
    defrost = np.where((outside < 0.2) & (x[:, 3] > 0.5), 1.5 + x[:, 4], 0)
    cooling = np.where(outside > 1.0, 1.2 * outside - 0.6 * inside, 0)
    y = heating + defrost + cooling + 0.3 * x[:, 5] + rng.normal(0, 0.1, n)
    return x, y.astype("float32")


class SparseExperts(layers.Layer):
    """Top-2 routing over small experts; a bonus on the entropy of the routing keeps all experts in use."""

    def __init__(self, experts=4, units=32, k=2, bonus=0.01, **kwargs):
        super().__init__(**kwargs)
        self.k, self.bonus = k, bonus
        self.gate = layers.Dense(experts)
        self.experts = [
            keras.Sequential([layers.Dense(units, activation="relu"), layers.Dense(units)])
            for _ in range(experts)
        ]

    def call(self, x):
        scores = self.gate(x)
        lowest = ops.min(ops.top_k(scores, self.k)[0], axis=-1, keepdims=True)
        p = ops.softmax(scores, axis=-1) * ops.cast(scores >= lowest, "float32")
        p = p / ops.sum(p, axis=-1, keepdims=True)
        entropy = -ops.sum(p * ops.log(p), axis=-1)
        self.add_loss(-self.bonus * ops.mean(entropy))
        out = ops.stack([e(x) for e in self.experts], axis=1)
        return ops.sum(out * p[..., None], axis=1)


x_train, y_train = log_book(5000)
x_test, y_test = log_book(1500)

inputs = keras.Input((6,))
h = SparseExperts()(inputs)
h = layers.LayerNormalization()(h)
h = layers.Dense(32, activation="gelu")(h)
outputs = layers.Dense(1)(h)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse", metrics=["mae"])
history = model.fit(x_train, y_train, batch_size=64, epochs=9, validation_split=0.1, verbose=2)

pred = model.predict(x_test, verbose=0)[:, 0]
r2 = 1 - np.mean((pred - y_test) ** 2) / np.var(y_test)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{r2}")
