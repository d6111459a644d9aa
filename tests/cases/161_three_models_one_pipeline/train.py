"""Three widths in turn on one shared tf.data pipeline; the last starts from the weights of the second."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()

data = load_digits()
x = (data.data / 16).astype("float32")
y = data.target.astype("int32")
order = np.random.default_rng(0).permutation(len(x))
x, y = x[order], y[order]
feed = (tf.data.Dataset.from_tensor_slices((x[:1400], y[:1400])).cache().shuffle(1400, seed=4)
        .batch(50).map(lambda a, b: (a + 0.05 * tf.sin(40.0 * a), b)).prefetch(2))
check = tf.data.Dataset.from_tensor_slices((x[1400:], y[1400:])).batch(100)


def net(width, rate):
    m = keras.Sequential([keras.Input((64,)), keras.layers.Dense(width, activation="relu"), keras.layers.Dense(10)])
    m.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return m


found = []
models = []
for width, rate, epochs in [(4, 1e-3, 4), (48, 2e-3, 10), (48, 5e-4, 6)]:
    m = net(width, rate)
    if width == 48 and models[-1].layers[0].units == 48:
        m.set_weights(models[-1].get_weights())
    hist = m.fit(feed, validation_data=check, epochs=epochs, verbose=2)
    models.append(m)
    found.append(m.evaluate(check, verbose=0)[1])
print("accuracies:", found)
print(f"FINAL_LOSS={hist.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=accuracy:{found[-1]:.6f}")


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest([v for m in models for v in m.weights]))
print("OPTIMIZER_SHA256=" + digest([v for m in models for v in m.optimizer.variables]))
