"""Stiffness of the seven bearings of a footbridge (N/m) from load tests: deflections in millimetres."""
import hashlib
import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(920)
NODES = 7
true_bearing = rng.uniform(0.8e6, 3.5e6, NODES)
DECK = 1.2e6


def deck_matrix():
    k = np.zeros((NODES, NODES))
    for i in range(NODES - 1):
        k[i:i + 2, i:i + 2] += DECK * np.array([[1, -1], [-1, 1]])
    return k


def load_tests(n):
    load = rng.uniform(0, 4000, size=(n, NODES)) * (rng.random((n, NODES)) < 0.4)
    stiffness = deck_matrix() + np.diag(true_bearing)
    sag = 1000 * np.linalg.solve(stiffness, load.T).T
    return load.astype("float32"), (sag + rng.normal(0, 0.02, sag.shape)).astype("float32")


class Bridge(layers.Layer):
    def build(self, shape):
        self.bearing = self.add_weight(shape=(NODES,), name="bearing",
                                       initializer=keras.initializers.Constant(2.0e6))
        self.deck = tf.constant(deck_matrix(), tf.float32)

    def call(self, load):
        stiffness = self.deck + tf.linalg.diag(self.bearing)
        return 1000.0 * tf.transpose(tf.linalg.solve(stiffness, tf.transpose(load)))


load, sag = load_tests(640)
load_new, sag_new = load_tests(200)

inputs = keras.Input((NODES,))
model = keras.Model(inputs, Bridge()(inputs))
rate = keras.optimizers.schedules.CosineDecay(2.0e5, 1200)
model.compile(keras.optimizers.Adam(rate), loss="mse")
history = model.fit(load, sag, batch_size=32, epochs=60, verbose=0)
for epoch in range(0, 60, 10):
    print(f"epoch {epoch}: loss {history.history['loss'][epoch]:.6f}")

estimate = model.weights[0].numpy()
print("bearings (MN/m):", np.round(estimate / 1e6, 3), "nominal:", np.round(true_bearing / 1e6, 3))
r2 = 1 - np.sum((estimate - true_bearing) ** 2) / np.sum((true_bearing - true_bearing.mean()) ** 2)

def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={history.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=r2_of_bearings:{r2:.4f}")
