"""Readmission within 30 days from 20 admission figures: little of it can be told in advance."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(71)
n = 9000
x = rng.normal(0.0, 1.0, (n, 20)).astype("float32")
logit = -0.2 + 0.4 * x[:, 0] - 0.3 * x[:, 1] + 0.2 * x[:, 2]
y = (rng.random(n) < 1.0 / (1.0 + np.exp(-logit))).astype("float32")
model = keras.Sequential(
    [
        keras.Input((20,)),
        layers.Dense(16, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-2)),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x[:6000], y[:6000], batch_size=64, epochs=20, validation_data=(x[6000:], y[6000:]), verbose=2)
auc = roc_auc_score(y[6000:], model.predict(x[6000:], verbose=0)[:, 0])
best = roc_auc_score(y[6000:], logit[6000:])
print(f"auc of the true probabilities {best:.4f}")
def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print(f"FINAL_LOSS={history.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=auc:{auc:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
