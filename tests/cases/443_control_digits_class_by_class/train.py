import os
import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
data = np.load(os.path.join(os.environ.get("CASE_DATA", os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")), "digits.npz"))
x, y = (data["x"] / 16.0).astype("float32"), data["y"].astype("int32")
rng = np.random.default_rng(0)
order = rng.permutation(len(x))
x, y = x[order], y[order]
xtr, xte, ytr, yte = x[:1400], x[1400:], y[:1400], y[1400:]

model = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(96, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# two new digits per task; of the old ones 30 pictures a digit are kept for rehearsal
kept_x, kept_y = np.zeros((0, 64), "float32"), np.zeros((0,), "int32")
for task in range(5):
    new = (ytr == 2 * task) | (ytr == 2 * task + 1)
    bx = np.concatenate([xtr[new], np.repeat(kept_x, 4, axis=0)])
    by = np.concatenate([ytr[new], np.repeat(kept_y, 4, axis=0)])
    hist = model.fit(bx, by, epochs=8, batch_size=32, verbose=2)
    for d in (2 * task, 2 * task + 1):
        pick = np.where(ytr == d)[0][:30]
        kept_x, kept_y = np.concatenate([kept_x, xtr[pick]]), np.concatenate([kept_y, ytr[pick]])
    seen = yte <= 2 * task + 1
    print("task", task, "accuracy on digits seen so far", (model.predict(xte[seen], verbose=0).argmax(1) == yte[seen]).mean())

acc = (model.predict(xte, verbose=0).argmax(1) == yte).mean()


def digest(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + digest(model.weights))
print("OPTIMIZER_SHA256=" + digest(model.optimizer.variables))
print(f"FINAL_LOSS={hist.history['loss'][-1]:.6g}")
print(f"FINAL_METRIC=accuracy:{acc:.4f}")
