import numpy as np
import keras
from keras import layers, ops
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)


class RunningWhitening(layers.Layer):
    def __init__(self, momentum=0.9, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, shape):
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="mean")
        self.var = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False, name="var")

    def call(self, x, training=False):
        if not training:
            return (x - self.mean) / ops.sqrt(self.var + self.epsilon)
        m = ops.mean(x, axis=0)
        v = ops.mean(ops.square(x - m), axis=0)
        n = ops.cast(ops.shape(x)[0], "float32")
        unbiased = v * n / (n - 1.0)
        self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * m)
        self.var.assign(self.momentum * self.var + (1 - self.momentum) * unbiased)
        return (x - m) / ops.sqrt(v + self.epsilon)


bunch = load_wine()
order = np.random.default_rng(6).permutation(len(bunch.target))
x = StandardScaler().fit_transform(bunch.data)[order].astype("float32")
y = bunch.target[order]
x_train, y_train, x_test, y_test = x[:129], y[:129], x[129:], y[129:]

model = keras.Sequential([
    keras.Input((13,)),
    layers.Dense(24, use_bias=False),
    RunningWhitening(),
    layers.Activation("relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=16, epochs=30, verbose=2)

p = model.predict(x_test, verbose=0)
loss = float(np.mean(keras.losses.sparse_categorical_crossentropy(y_test, p)))
accuracy = float(np.mean(p.argmax(1) == y_test))
print(f"held-out cross-entropy {loss}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{accuracy}")
