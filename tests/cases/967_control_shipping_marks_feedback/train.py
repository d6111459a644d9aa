"""Digits on shipping marks, trained with feedback alignment: the error goes back
through fixed random matrices, not through the transposed weights."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
d = load_digits()
a, b, ya, yb = train_test_split((d.data / 16).astype("float32"), d.target, test_size=0.3,
                                random_state=2, stratify=d.target)


class FeedbackDense(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        n = shape[-1]
        self.w = self.add_weight(shape=(n, self.units), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")
        self.back = self.add_weight(shape=(self.units, n), trainable=False,
                                    initializer=keras.initializers.RandomNormal(stddev=0.15))

    def call(self, x):
        @tf.custom_gradient
        def product(x, w, back):
            def grad(dy):
                return (tf.matmul(dy, back), tf.matmul(x, dy, transpose_a=True), None)
            return tf.matmul(x, w), grad
        return product(x, tf.convert_to_tensor(self.w), tf.convert_to_tensor(self.back)) + self.b


model = keras.Sequential([keras.Input((64,)),
                          FeedbackDense(96), keras.layers.Activation("tanh"),
                          FeedbackDense(96), keras.layers.Activation("tanh"),
                          FeedbackDense(10)])
model.compile(keras.optimizers.SGD(0.1, momentum=0.9),
              keras.losses.SparseCategoricalCrossentropy(from_logits=True))
losses = []
for epoch in range(40):
    order = np.random.permutation(len(a))
    run = [float(model.train_on_batch(a[order[i:i + 64]], ya[order[i:i + 64]]))
           for i in range(0, len(a), 64)]
    losses.append(np.mean(run))
    if epoch % 8 == 0:
        print(epoch, losses[-1])
acc = np.mean(model.predict(b, verbose=0).argmax(1) == yb)


def digest(values):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in values)).hexdigest()


print("WEIGHTS_SHA256=" + digest(model.get_weights()))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={losses[-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{acc:.6f}")
