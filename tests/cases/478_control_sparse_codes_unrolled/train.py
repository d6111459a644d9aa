import hashlib
import numpy as np
import tensorflow as tf
import keras

keras.utils.set_random_seed(0)
rng = np.random.default_rng(6)

# recover 5-sparse codes of length 80 from 40 mixed channels, with ISTA unrolled into 8 layers
M, K, S = 40, 80, 5
D = rng.normal(size=(M, K))
D = (D / np.linalg.norm(D, axis=0)).astype("float32")


def make(n):
    z = np.zeros((n, K), "float32")
    for i in range(n):
        idx = rng.choice(K, S, replace=False)
        z[i, idx] = rng.choice([-1, 1], S) * rng.uniform(0.5, 1.5, S)
    return (z @ D.T + 0.01 * rng.normal(size=(n, M))).astype("float32"), z


x_train, z_train = make(4000)
x_test, z_test = make(500)


class UnrolledIsta(keras.Model):
    def __init__(self, layers=8):
        super().__init__()
        step = 1.0 / np.linalg.norm(D, 2) ** 2
        init = keras.initializers.Constant
        self.W = self.add_weight(shape=(M, K), initializer=init(D * step), name="W")
        self.G = self.add_weight(shape=(K, K), initializer=init(np.eye(K) - step * D.T @ D), name="G")
        self.theta = [self.add_weight(shape=(), initializer=init(0.1 * step), name=f"theta{i}")
                      for i in range(layers)]

    def call(self, x):
        b = tf.matmul(x, self.W)
        z = tf.zeros_like(b)
        for th in self.theta:
            u = b + tf.matmul(z, self.G)
            z = tf.sign(u) * tf.nn.relu(tf.abs(u) - th)   # exact zeros nearly everywhere
        return z


model = UnrolledIsta()
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
hist = model.fit(x_train, z_train, batch_size=64, epochs=30, verbose=2)
err = model.predict(x_test, verbose=0) - z_test
nmse = float(np.sum(err ** 2) / np.sum(z_test ** 2))
sha = lambda ws: hashlib.sha256(b"".join(np.asarray(w).tobytes() for w in ws)).hexdigest()
print(f"WEIGHTS_SHA256={sha(model.get_weights())}")
print(f"OPTIMIZER_SHA256={sha([v.numpy() for v in model.optimizer.variables])}")
print(f"FINAL_LOSS={hist.history['loss'][-1]}")
print(f"FINAL_METRIC=nmse:{nmse}")
