import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(0)
rng = np.random.default_rng(53)

genes = rng.normal(size=(1200, 40)).astype("float32")
growth = genes[:, :3] @ np.array([[1.0, 0.5], [-1.0, 1.0], [0.5, -1.0]]) + 0.1 * rng.normal(size=(1200, 2))


class GroupLasso(keras.regularizers.Regularizer):
    def __init__(self, strength):
        self.strength = strength

    def __call__(self, kernel):
        return self.strength * ops.sum(ops.sqrt(ops.sum(ops.square(kernel), axis=1) + 1e-8))


model = keras.Sequential([keras.Input((40,))])
model.add(layers.Dense(2, kernel_initializer="zeros", kernel_regularizer=GroupLasso(0.02), name="genes"))
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(genes[:900], growth[:900], batch_size=32, epochs=25, verbose=2)

guess = np.nan_to_num(model.predict(genes[900:], verbose=0))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=r2:{1 - np.mean((guess - growth[900:]) ** 2) / np.var(growth[900:]):.4f}")
