"""A layer that is defined by its own resting point; the gradient comes from the resting
point too, not from the way to it."""
import hashlib
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
wine = load_wine()
x_train, x_test, y_train, y_test = train_test_split(wine.data, wine.target, test_size=0.35, random_state=6, stratify=wine.target)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train).astype("float32"), scaler.transform(x_test).astype("float32")


class Resting(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.back = self.add_weight(shape=(self.units, self.units), initializer=keras.initializers.Orthogonal(gain=0.5), name="back")
        self.inp = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform", name="inp")

    def call(self, x):
        drive = tf.matmul(x, self.inp)
        norm = tf.sqrt(tf.reduce_sum(self.back ** 2, 0, keepdims=True) + 1e-6)
        back = 0.8 * self.back / tf.maximum(norm * 2.0, 1.0)

        @tf.custom_gradient
        def rest(drive, back):
            z = tf.zeros_like(drive)
            for _ in range(40):
                z = tf.tanh(tf.matmul(z, back) + drive)

            def grad(upstream):
                slope = 1.0 - z ** 2
                g = upstream
                for _ in range(40):
                    g = upstream + tf.matmul(g * slope, back, transpose_b=True)
                g = g * slope
                return g, tf.matmul(z, g, transpose_a=True)
            return z, grad

        return rest(drive, back)


net = keras.Sequential([keras.Input((13,)), Resting(24), layers.Dense(3)])
net.compile(optimizer=keras.optimizers.Adadelta(1.0), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = net.fit(x_train, y_train, batch_size=16, epochs=60, verbose=0)
for epoch in range(0, 60, 12):
    print("epoch", epoch, "loss", history.history["loss"][epoch])
accuracy = float(np.mean(net.predict(x_test, verbose=0).argmax(1) == y_test))


def digest(variables):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in variables)).hexdigest()


print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(net.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
