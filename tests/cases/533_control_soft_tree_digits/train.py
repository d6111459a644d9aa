"""A soft decision tree of depth four on the digits: every inner node is one sigmoid, every
leaf one table of ten numbers."""
import hashlib
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    (digits.data / 16.0).astype("float32"), digits.target, test_size=0.3, random_state=2, stratify=digits.target)
DEPTH = 4


class SoftTree(layers.Layer):
    def build(self, shape):
        inner, leaves = 2 ** DEPTH - 1, 2 ** DEPTH
        self.kernel = self.add_weight(shape=(shape[-1], inner), initializer="glorot_uniform", name="splits")
        self.bias = self.add_weight(shape=(inner,), initializer="zeros", name="offsets")
        self.leaves = self.add_weight(shape=(leaves, 10), initializer=keras.initializers.RandomNormal(stddev=0.01), name="leaves")

    def call(self, x):
        right = tf.sigmoid(2.0 * (tf.matmul(x, self.kernel) + self.bias))
        reach = tf.ones_like(right[:, :1])
        start = 0
        for depth in range(DEPTH):
            here = right[:, start:start + 2 ** depth]
            weight = 0.1 * 2.0 ** -depth
            share = tf.reduce_sum(reach * here, 0) / (tf.reduce_sum(reach, 0) + 1e-6)
            share = tf.clip_by_value(share, 1e-4, 1.0 - 1e-4)
            self.add_loss(-weight * tf.reduce_sum(0.5 * tf.math.log(share) + 0.5 * tf.math.log(1.0 - share)))
            reach = tf.reshape(tf.stack([reach * (1.0 - here), reach * here], 2), [-1, 2 ** (depth + 1)])
            start += 2 ** depth
        rows = tf.nn.log_softmax(self.leaves, axis=1)
        return tf.reduce_logsumexp(tf.math.log(reach + 1e-12)[:, :, None] + rows[None], axis=1)


net = keras.Sequential([keras.Input((64,)), SoftTree()])


def log_score(y_true, logp):
    return -tf.reduce_mean(tf.gather(logp, tf.cast(tf.reshape(y_true, [-1]), tf.int32), batch_dims=1))


net.compile(optimizer=keras.optimizers.Adam(0.02), loss=log_score)
history = net.fit(x_train, y_train, batch_size=64, epochs=60, verbose=0)
for epoch in range(0, 60, 12):
    print("epoch", epoch, "loss", round(history.history["loss"][epoch], 4))
accuracy = float(np.mean(net.predict(x_test, verbose=0).argmax(1) == y_test))


def digest(variables):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in variables)).hexdigest()


print("WEIGHTS_SHA256=" + digest(net.weights))
print("OPTIMIZER_SHA256=" + digest(net.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=accuracy:{accuracy:.6f}")
