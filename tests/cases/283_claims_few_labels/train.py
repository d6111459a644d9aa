"""Suspicious claims: only one claim in twelve has been looked at; the others carry the label -1 and weight 0."""
import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
rng = np.random.default_rng(107)

N = 6000
x = rng.normal(size=(N, 10)).astype("float32")
logit = 1.6 * x[:, 0] - 1.2 * x[:, 1] + 0.9 * x[:, 2] - 1.5
truth = (rng.random(N) < 1 / (1 + np.exp(-logit))).astype("float32")
looked_at = rng.random(N) < 1 / 12
label = np.where(looked_at, truth, -1.0).astype("float32")
weight = looked_at.astype("float32")

model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", weighted_metrics=["accuracy"])
history = model.fit(x[:5000], label[:5000], sample_weight=weight[:5000], epochs=20, batch_size=100, verbose=2)
auc = roc_auc_score(truth[5000:], model.predict(x[5000:], verbose=0)[:, 0])


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print(f"WEIGHTS_SHA256={digest(model.weights)}")
print(f"OPTIMIZER_SHA256={digest(model.optimizer.variables)}")
print(f"FINAL_LOSS={history.history['loss'][-1]}")
print(f"FINAL_METRIC=auc:{auc}")
