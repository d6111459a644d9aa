import hashlib
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(0)
rng = np.random.default_rng(61)

# paper strips with three to five marks of six kinds, read by CTC (class 0 is the blank)
T, HEIGHT, KINDS = 40, 10, 6
shapes = (rng.random((KINDS, 4, HEIGHT)) < 0.4).astype("float32")


def strips(n):
    x = 0.3 * rng.random((n, T, HEIGHT)).astype("float32")
    y = np.zeros((n, 5), "int32")
    for i in range(n):
        m, at = rng.integers(3, 6), rng.integers(0, 3)
        for k in range(m):
            kind = rng.integers(0, KINDS)
            x[i, at:at + 4] += 0.7 * shapes[kind]
            y[i, k] = kind + 1
            at += 4 + rng.integers(1, 4)
    return x, y


x_train, y_train = strips(1600)
x_test, y_test = strips(400)

model = keras.Sequential([
    keras.Input((T, HEIGHT)),
    layers.Conv1D(32, 5, padding="same", activation="relu"),
    layers.Conv1D(32, 3, padding="same", activation="relu"),
    layers.Dense(KINDS + 1),
])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=keras.losses.CTC())
hist = model.fit(x_train, y_train, batch_size=40, epochs=16, verbose=2)


def read(logits):
    out = []
    for row in logits.argmax(2):
        marks = [k for j, k in enumerate(row) if k != 0 and (j == 0 or row[j - 1] != k)]
        out.append(marks)
    return out


got = read(model.predict(x_test, verbose=0))
right = float(np.mean([g == [k for k in w if k] for g, w in zip(got, y_test)]))


def sha(variables):
    h = hashlib.sha256()
    for v in variables:
        h.update(np.ascontiguousarray(keras.ops.convert_to_numpy(v)).tobytes())
    return h.hexdigest()


print("WEIGHTS_SHA256=" + sha(model.weights))
print("OPTIMIZER_SHA256=" + sha(model.optimizer.variables))
print("FINAL_LOSS=%f" % hist.history["loss"][-1])
print("FINAL_METRIC=strips_read:%f" % right)
