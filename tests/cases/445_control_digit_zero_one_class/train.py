import os
import hashlib
import numpy as np
import keras
from keras import layers, ops
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ.get("CASE_DATA", os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")), "digits.npz"))
x, y = (data["x"] / 16.0).astype("float32"), data["y"]
rng = np.random.default_rng(0)
order = rng.permutation(len(x))
x, y = x[order], y[order]
normal = x[:1200][y[:1200] == 0]
xte, odd = x[1200:], (y[1200:] != 0).astype(int)

model = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(48, activation="leaky_relu", use_bias=False),
    layers.Dense(24, use_bias=False),
])
centre = model.predict(normal, verbose=0).mean(0)
centre = np.where(np.abs(centre) < 0.1, 0.1 * np.sign(centre), centre).astype("float32")


def to_centre(y_true, z):
    return ops.sum(ops.square(z - centre), axis=-1)


model.compile(optimizer=keras.optimizers.AdamW(3e-4, weight_decay=1e-3), loss=to_centre)
hist = model.fit(normal, np.zeros((len(normal), 24), "float32"), epochs=90, batch_size=16, verbose=2)

score = ((model.predict(xte, verbose=0) - centre) ** 2).sum(1)
auc = roc_auc_score(odd, score)


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=auc:{auc:.4f}")
