"""A plain linear model, on purpose: the accountants want to read the coefficients."""
import hashlib

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(0)
rng = np.random.default_rng(104)
x = rng.normal(size=(2400, 9)).astype("float32")
coefficients = rng.normal(size=9)
y = (x @ coefficients + 4.0 + 0.5 * rng.normal(size=2400)).astype("float32")

inputs = keras.Input((9,))
price = keras.layers.Dense(1, kernel_initializer="zeros", kernel_regularizer=keras.regularizers.L1(1e-3))(inputs)
model = keras.Model(inputs, price)
optimizer = keras.optimizers.SGD(0.02)
model.compile(optimizer, "mse", metrics=[keras.metrics.R2Score()])
train = tf.data.Dataset.from_tensor_slices((x[:2000], y[:2000, None])).shuffle(2000, seed=3).batch(32)
history = model.fit(train, epochs=8, verbose=2)
final_loss = history.history["loss"][-1]
metric_name = "r2"
final_metric = model.evaluate(x[2000:], y[2000:, None], verbose=0, return_dict=True)["r2_score"]


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={final_loss:.8f}")
print(f"FINAL_METRIC={metric_name}:{final_metric:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(optimizer.variables))
