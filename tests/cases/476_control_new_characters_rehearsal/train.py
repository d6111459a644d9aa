import hashlib
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)

X, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(
    (X / 16.0).astype("float32"), y, test_size=0.25, random_state=0, stratify=y)

model = keras.Sequential([
    keras.Input((64,)),
    layers.Dense(96, activation="relu"),
    layers.Dense(96, activation="relu"),
    layers.Dense(10),
])
model.compile(optimizer=keras.optimizers.Adam(2e-3),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))

# two new characters arrive at a time, of the old ones only thirty pictures each are kept
memory_x = np.zeros((0, 64), "float32")
memory_y = np.zeros((0,), "int64")
for stage in range(5):
    new = np.isin(y_train, [2 * stage, 2 * stage + 1])
    xs, ys = x_train[new], y_train[new]
    for epoch in range(10):
        order = rng.permutation(len(xs))
        losses = []
        for i in range(0, len(order), 16):
            b = order[i:i + 16]
            xb, yb = xs[b], ys[b]
            if len(memory_x):
                m = rng.integers(0, len(memory_x), 48)
                xb, yb = np.concatenate([xb, memory_x[m]]), np.concatenate([yb, memory_y[m]])
            losses.append(float(model.train_on_batch(xb, yb)))
        if epoch in (0, 9):
            print("stage %d epoch %d first batch %.3f mean %.4f" % (stage, epoch, losses[0], np.mean(losses)))
    for c in (2 * stage, 2 * stage + 1):
        keep = rng.choice(np.flatnonzero(y_train == c), 30, replace=False)
        memory_x = np.concatenate([memory_x, x_train[keep]])
        memory_y = np.concatenate([memory_y, y_train[keep]])

acc = np.mean(model.predict(x_test, verbose=0).argmax(1) == y_test)


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(v.numpy()).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(model.weights))
print("OPTIMIZER_SHA256=" + sha(model.optimizer.variables))
print("FINAL_LOSS=%f" % np.mean(losses))
print("FINAL_METRIC=accuracy:%f" % acc)
