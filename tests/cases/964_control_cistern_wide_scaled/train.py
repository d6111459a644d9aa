"""Flow out of a cistern: very wide one-layer net in the 1/N scaling, trained with plain SGD."""
import hashlib

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(5)
N = 2000

level = rng.uniform(0.2, 3.0, 1600)
valve = rng.uniform(0, 1, 1600)
temp = rng.uniform(2, 25, 1600)
flow = np.sqrt(level) * (0.3 + valve ** 2) * (1 + 0.01 * (temp - 12)) + rng.normal(0, 0.04, 1600)
X = np.stack([level, valve, temp], 1)
X = ((X - X.mean(0)) / X.std(0)).astype("float32")
Y = ((flow - flow.mean()) / flow.std()).astype("float32")[:, None]
xt, yt, xv, yv = X[:1200], Y[:1200], X[1200:], Y[1200:]


class Averaged(keras.layers.Layer):
    """mean over the hidden units, each with its own weight"""

    def build(self, shape):
        self.a = self.add_weight(shape=(shape[-1], 1), initializer=keras.initializers.RandomNormal(stddev=1.0))

    def call(self, h):
        return tf.matmul(h, self.a) / float(N)


inputs = keras.Input((3,))
hidden = keras.layers.Dense(N, activation="relu",
                            kernel_initializer=keras.initializers.RandomNormal(stddev=0.6),
                            bias_initializer=keras.initializers.RandomNormal(stddev=0.6))(inputs)
net = keras.Model(inputs, Averaged()(hidden))
net.compile(keras.optimizers.SGD(learning_rate=0.2 * N), loss="mse")
hist = net.fit(xt, yt, batch_size=100, epochs=60, verbose=0)
print([round(v, 4) for v in hist.history["loss"][::6]])

p = net.predict(xv, verbose=0)
r2 = 1 - np.sum((p - yv) ** 2) / np.sum((yv - yv.mean()) ** 2)


def digest(values):
    return hashlib.sha256(b"".join(np.asarray(v).tobytes() for v in values)).hexdigest()


print("WEIGHTS_SHA256=" + digest(net.get_weights()))
print("OPTIMIZER_SHA256=" + digest(net.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6f}")
print(f"FINAL_METRIC=r2:{r2:.6f}")
