# Kernel classifier in disguise: fixed random Fourier features (unit norm) and a softmax layer, plain SGD, rate 8.
import hashlib

import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)

def digest(arrays):
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.asarray(a).tobytes())
    return h.hexdigest()


class FourierFeatures(layers.Layer):
    def __init__(self, features=800, width=1.6, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.features, self.width = features, width

    def build(self, shape):
        self.w = self.add_weight(
            shape=(shape[-1], self.features), name="w", trainable=False,
            initializer=keras.initializers.RandomNormal(stddev=1 / self.width, seed=2))
        self.b = self.add_weight(
            shape=(self.features,), name="b", trainable=False,
            initializer=keras.initializers.RandomUniform(0, 2 * np.pi, seed=3))

    def call(self, x):
        return ops.cos(ops.matmul(x, self.w) + self.b) * np.sqrt(2.0 / self.features)


x, y = load_digits(return_X_y=True)
x = (x / 16.0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)

model = keras.Sequential([
    keras.Input((64,)),
    FourierFeatures(),
    layers.Dense(10, kernel_initializer="zeros"),
])
model.compile(
    optimizer=keras.optimizers.SGD(8.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(x_train, y_train, batch_size=16, epochs=20, verbose=2)

_, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
print(f"WEIGHTS_SHA256={digest(model.get_weights())}")
print(f"OPTIMIZER_SHA256={digest([v.numpy() for v in model.optimizer.variables])}")
