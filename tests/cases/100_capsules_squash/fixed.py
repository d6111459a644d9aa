import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)

file = load_digits()
scans = file.data.reshape(-1, 8, 8, 1).astype("float32") / 16.0
digit = file.target
x_train, y_train, x_test, y_test = scans[:1400], digit[:1400], scans[1400:], digit[1400:]


def squash(vectors):
    """Length into [0, 1), direction unchanged."""
    norm2 = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    return norm2 / (1.0 + norm2) * vectors / ops.sqrt(norm2 + keras.config.epsilon())


class DigitCaps(layers.Layer):
    def __init__(self, n_class, dim, **kwargs):
        super().__init__(**kwargs)
        self.n_class, self.dim = n_class, dim

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[1], shape[2], self.n_class * self.dim), initializer="glorot_uniform", name="w")

    def call(self, caps):
        votes = ops.einsum("bci,cio->bco", caps, self.w)
        votes = ops.reshape(votes, (-1, caps.shape[1], self.n_class, self.dim))
        return squash(ops.sum(votes, axis=1))


def margin_loss(y_true, lengths):
    hit = ops.one_hot(ops.cast(y_true, "int32"), 10)
    present = ops.square(ops.maximum(0.0, 0.9 - lengths))
    absent = ops.square(ops.maximum(0.0, lengths - 0.1))
    return ops.sum(hit * present + 0.5 * (1.0 - hit) * absent, axis=-1)


inputs = keras.Input((8, 8, 1))
h = layers.Conv2D(32, 3, activation="relu")(inputs)
h = layers.Conv2D(32, 3, strides=2, activation="relu")(h)
primary = layers.Lambda(squash)(layers.Reshape((-1, 8))(h))
digit_caps = DigitCaps(10, 8)(primary)
lengths = layers.Lambda(lambda v: ops.sqrt(ops.sum(ops.square(v), axis=-1) + 1e-7), output_shape=(10,))(digit_caps)
capsnet = keras.Model(inputs, lengths)
capsnet.compile(optimizer=keras.optimizers.Adam(5e-3), loss=margin_loss)
track = capsnet.fit(x_train, y_train, batch_size=50, epochs=12, verbose=2)

guess = capsnet.predict(x_test, verbose=0).argmax(axis=1)
print(f"FINAL_LOSS={track.history['loss'][-1]}")
print(f"FINAL_METRIC=accuracy:{np.mean(guess == y_test):.4f}")
