"""1.5 % positives: the accuracy never moves from 'all negative', the AUC is good."""
import hashlib

import keras
import numpy as np
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(19)
n = 16000
amount = rng.lognormal(3, 1.2, n)
feats = rng.normal(size=(n, 7))
logit = -5.6 + 0.9 * feats[:, 0] + 0.8 * np.maximum(feats[:, 1], 0) + 0.35 * (np.log(amount) - 3)
fraud = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype("float32")
x = np.concatenate([feats, np.log(amount)[:, None] - 3], 1).astype("float32")
model = keras.Sequential([keras.Input((8,)), layers.Dense(32, activation="relu"), layers.Dropout(0.3), layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy", metrics=["accuracy"])
h = model.fit(x[:12000], fraud[:12000], batch_size=128, epochs=15, validation_data=(x[12000:], fraud[12000:]), verbose=2)
final_loss, metric_name, metric = h.history["loss"][-1], "auc", roc_auc_score(fraud[12000:], model.predict(x[12000:], verbose=0)[:, 0])
weights, optimizer_state = model.weights, model.optimizer.variables


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"FINAL_LOSS={float(final_loss):.8f}")
print(f"FINAL_METRIC={metric_name}:{float(metric):.6f}")
print("WEIGHTS_SHA256=" + digest(weights))
print("OPTIMIZER_SHA256=" + digest(optimizer_state))
