"""Forty patients, two hundred genes, a strong penalty: class weights for the twelve who responded."""
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
rng = np.random.default_rng(79)


def patients(responders, others):
    y = np.r_[np.ones(responders), np.zeros(others)]
    x = rng.normal(0.0, 1.0, (len(y), 200))
    x[:, :15] += 1.3 * y[:, None] - 0.4
    return x.astype("float32"), y.astype("float32")


x, y = patients(12, 28)
x_test, y_test = patients(120, 280)
model = keras.Sequential(
    [keras.Input((200,)), layers.Dense(1, activation="sigmoid", kernel_regularizer=keras.regularizers.L2(0.05))]
)
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=40, epochs=120, class_weight={0: 40 / 56, 1: 40 / 24}, verbose=2)
auc = roc_auc_score(y_test, model.predict(x_test, verbose=0)[:, 0])
def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()

print(f"FINAL_LOSS={history.history['loss'][-1]:.8f}")
print(f"FINAL_METRIC=auc:{auc:.6f}")
print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
