import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)


class WeightNormDense(layers.Layer):
    def __init__(self, units, activation=None, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = kernel_initializer

    def build(self, shape):
        self.v = self.add_weight(shape=(shape[-1], self.units), initializer=self.kernel_initializer, name="v")
        self.g = self.add_weight(shape=(self.units,), initializer="ones", name="g")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, x):
        kernel = self.g * self.v / ops.sqrt(ops.sum(ops.square(self.v), axis=0))
        return self.activation(ops.matmul(x, kernel) + self.b)


bunch = load_breast_cancer()
x = StandardScaler().fit_transform(bunch.data).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, bunch.target, test_size=0.3, random_state=2)

model = keras.Sequential([
    keras.Input((30,)),
    WeightNormDense(24, activation="relu"),
    WeightNormDense(24, activation="relu"),
    WeightNormDense(1, activation="sigmoid", kernel_initializer="zeros"),
])
model.compile(keras.optimizers.Adam(2e-3), "binary_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=15, batch_size=32, verbose=2)

p = model.predict(x_test, verbose=0)[:, 0]
error = float(np.mean((p - y_test) ** 2))
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean((p > 0.5) == y_test) if np.isfinite(error) else float('nan')}")
